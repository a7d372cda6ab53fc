import type { Place, PlanOutline, Region } from '../../compiler/plan/plan.ts'
import { bytesOf } from './bytes.ts'
import type { Shared } from './device.ts'
import { fromGpu } from './error.ts'
import { Results, type Span } from './results.ts'
import type { Turns } from './turns.ts'
import { copyDestination, copySource, storage, uniform } from './usage.ts'

/**
 * An executable's memory on a GPU: a buffer for each region, zero at first, and one with the offsets of every dispatch.
 * Regions of outputs are there once for each slot of the results. It is freed with whatever refers to it: the
 * executable, and results that still lie in it.
 */
export class Memory {
  readonly results: Results
  readonly offsets: GPUBuffer
  readonly #plan: PlanOutline
  readonly #buffers: readonly GPUBuffer[]

  private constructor(plan: PlanOutline, buffers: readonly GPUBuffer[], offsets: GPUBuffer, results: Results) {
    this.results = results
    this.offsets = offsets
    this.#plan = plan
    this.#buffers = buffers
    abandoned.register(this, [...buffers, offsets], this)
  }

  /** @throws WebGpuError 'out-of-memory' where the GPU has not enough. */
  static async make(plan: PlanOutline, turns: Turns, { gpu }: Shared): Promise<Memory> {
    gpu.pushErrorScope('validation')
    gpu.pushErrorScope('out-of-memory')
    const bytes = plan.regions.map((region) => (isOutput(region) ? turns.slots : 1) * paddedBytes(region))
    const buffers = plan.regions.map(({ name }, i) =>
      gpu.createBuffer({
        label: name,
        size: Math.max(16, bytes[i]!),
        usage: storage | copySource | copyDestination,
      }),
    )
    const offsets = gpu.createBuffer({ label: 'offsets', size: turns.size, usage: uniform | copyDestination })
    gpu.queue.writeBuffer(offsets, 0, turns.words())
    const [exhausted, invalid] = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()])
    const error = exhausted ?? invalid
    if (!error) return new Memory(plan, buffers, offsets, new Results(gpu, turns.slots))
    for (const buffer of [...buffers, offsets]) buffer.destroy()
    throw fromGpu(error, `loading ${plan.name}, ${bytes.reduce((sum, one) => sum + one, 0)} bytes`)
  }

  buffer(region: number): GPUBuffer {
    return this.#buffers[region]!
  }

  region({ region: number, offset }: Place, length: number): Region {
    const region = this.#plan.regions[number]
    if (!region || offset < 0 || offset + length > region.size)
      throw new RangeError(
        region
          ? `'${region.name}' has ${region.size} elements, and ${offset} to ${offset + length} were asked for`
          : `${this.#plan.name} has ${this.#plan.regions.length} regions and no region ${number}`,
      )
    return region
  }

  /** Some elements, as the last call left them; or the one that has the given slot. */
  span(place: Place, length: number, slot = this.results.slot): Span {
    const region = this.region(place, length)
    const start = isOutput(region) ? slot * paddedSize(region) : 0
    const { element } = region
    return { buffer: this.buffer(place.region), offset: start + place.offset, length, element, memory: this }
  }

  destroy(): void {
    abandoned.unregister(this)
    for (const buffer of [...this.#buffers, this.offsets]) buffer.destroy()
  }
}

/** Memory that nobody refers to any more. */
const abandoned = new FinalizationRegistry<readonly GPUBuffer[]>((buffers) => {
  for (const buffer of buffers) buffer.destroy()
})

export const isOutput = ({ kind }: Region): boolean => kind === 'output'

/** Slots begin at multiples of 16 bytes, as all tensors do. */
export const paddedBytes = ({ size, element }: Region): number => 16 * Math.ceil((bytesOf[element] * size) / 16)

/** The same in elements. */
export const paddedSize = (region: Region): number => paddedBytes(region) / bytesOf[region.element]
