import type { Shared } from './device.ts'
import { WebGpuError } from './error.ts'
import type { Results } from './results.ts'
import { recordCall, type Step } from './steps.ts'
import type { Turn } from './turns.ts'
import { copySource, queryResolve } from './usage.ts'

/** A set of queries has at most 4096, and each dispatch takes two. https://www.w3.org/TR/webgpu/#queries */
const mostPasses = 2048

/**
 * Runs a call with a pass and two timestamps for each dispatch; gives the nanoseconds of each step, of all its turns
 * together.
 *
 * @throws WebGpuError 'unavailable' where the GPU has no timestamps.
 */
export async function timeSteps(
  device: Shared,
  steps: readonly (Step | undefined)[],
  turns: readonly Turn[],
  results: Results,
): Promise<readonly number[]> {
  const { gpu, submissions } = device
  if (!gpu.features.has('timestamp-query'))
    throw new WebGpuError(
      'unavailable',
      "this GPU or browser has no 'timestamp-query', without which the time of a kernel cannot be told; openDevice('cpu') profiles by the clock",
    )
  const taken = turns.filter(({ step }) => steps[step])
  const nanoseconds = steps.map(() => 0)
  if (taken.length === 0) return nanoseconds
  const queries = gpu.createQuerySet({ type: 'timestamp', count: 2 * Math.min(mostPasses, taken.length) })
  const buffer = gpu.createBuffer({ label: 'timestamps', size: 16 * taken.length, usage: queryResolve | copySource })
  try {
    for (let first = 0; first < taken.length; first += mostPasses) {
      const part = taken.slice(first, first + mostPasses)
      const encoder = gpu.createCommandEncoder({ label: 'profile' })
      if (first === 0) results.next(encoder)
      for (const [i, turn] of part.entries()) {
        const timestampWrites = {
          querySet: queries,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        }
        const pass = encoder.beginComputePass({ timestampWrites })
        recordCall(pass, steps, [turn], results.slot)
        pass.end()
      }
      encoder.resolveQuerySet(queries, 0, 2 * part.length, buffer, 16 * first)
      submissions.submit(encoder.finish())
    }
    const words = await device.read({ buffer, offset: 0, length: 4 * taken.length, element: 'u32' })
    const stamps = new BigUint64Array(words.buffer, words.byteOffset, 2 * taken.length)
    // A GPU that changes its clock may give an end before the beginning.
    for (const [i, { step }] of taken.entries())
      nanoseconds[step]! += Math.max(0, Number(stamps[2 * i + 1]! - stamps[2 * i]!))
    return nanoseconds
  } finally {
    queries.destroy()
    buffer.destroy()
  }
}
