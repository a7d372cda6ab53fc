import type { Executable, Place, PlanOutline } from '../../compiler/plan/plan.ts'
import type { Words } from '../device.ts'
import { allocate, doneAt, layOut, runsAt, ticketAt } from './layout.ts'

/** The memory of an executable, and its code. */
export interface Arena {
  readonly plan: PlanOutline
  readonly module: WebAssembly.Module
  readonly bytes: number
  /** What an instance of the module imports, but for the clock. */
  readonly env: { readonly [name: string]: WebAssembly.ImportValue }
  /** Scratch memory of each thread. */
  readonly scratch: readonly number[]
  range(place: Place, length: number): Words
  /** Makes the words ready that threads share for a run. */
  prepare(): void
}

/** Memory for an executable that so many threads run. Throws where there is not enough. */
export async function arenaOf({ plan, code }: Executable, threads: number): Promise<Arena> {
  if (code.target !== 'wasm')
    throw new Error(`${plan.name} was compiled for ${code.target}; the CPU runs what is compiled for wasm`)
  const { starts, bytes } = layOut(plan.regions)
  const { scratch: each = 0 } = plan
  const memory = allocate(plan, bytes + threads * each)
  // The plan may have come out of a file, with its bytes in a buffer of any kind.
  const module = await WebAssembly.compile(Uint8Array.from(code.module))
  const { buffer } = memory
  const regions = plan.regions.map(({ element, size }, i) =>
    element === 'f32' ? new Float32Array(buffer, starts[i], size) : new Uint32Array(buffer, starts[i], size),
  )
  const words = new Int32Array(buffer, 0, runsAt / 4 + 1)
  return {
    plan,
    module,
    bytes: buffer.byteLength,
    env: { memory, ...Object.fromEntries(starts.map((start, i) => [`region${i}`, start])) },
    scratch: Array.from({ length: threads }, (_, thread) => bytes + thread * each),
    range({ region, offset }, length) {
      const all = regions[region]!
      if (offset + length > all.length)
        throw new RangeError(
          `${plan.name}: elements ${offset} to ${offset + length} are beyond region ${region} of ${all.length}`,
        )
      return all.subarray(offset, offset + length)
    },
    prepare() {
      // Whoever is late may take a number as soon as there is one, so nothing may be done yet.
      Atomics.store(words, doneAt / 4, 0)
      Atomics.store(words, ticketAt / 4, 0)
      Atomics.add(words, runsAt / 4, 1)
    },
  }
}
