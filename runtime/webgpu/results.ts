import type { KeptOnGpu } from './kept.ts'
import type { Memory } from './memory.ts'
import { copyDestination, copySource } from './usage.ts'

/** Elements in a buffer. */
export interface Span {
  readonly buffer: GPUBuffer
  /** In elements, like `length`. */
  readonly offset: number
  readonly length: number
  readonly element: 'f32' | 'u32'
  /** Whose buffer it is, where others use it as well: it is destroyed when nobody refers to that any more. */
  readonly memory?: Memory
}

/**
 * The outputs of the last calls, each call's in a slot of its own. Nothing is copied when a call is made; before a slot is used again, what somebody may still read of all of them is copied aside, at once.
 */
export class Results {
  readonly slots: number
  readonly #gpu: GPUDevice
  #slot = 0
  /** What was given out of the slots since the first was used last. */
  #given: KeptOnGpu[] = []

  constructor(gpu: GPUDevice, slots: number) {
    this.#gpu = gpu
    this.slots = slots
  }

  /** The slot of the last call. */
  get slot(): number {
    return this.#slot
  }

  /** How many were given out that no later call has moved. */
  get given(): number {
    return this.#given.length
  }

  get isLast(): boolean {
    return this.#slot === this.slots - 1
  }

  /** The next call's slot. `encoder` gets the copies that have to be made before. */
  next(encoder: GPUCommandEncoder): number {
    if (this.isLast) this.saveAll(encoder)
    this.#slot = (this.#slot + 1) % this.slots
    return this.#slot
  }

  give(kept: KeptOnGpu): void {
    this.#given.push(kept)
  }

  /** Copies aside what may still be read; whether there was anything. */
  saveAll(encoder: GPUCommandEncoder): boolean {
    const wanted = this.#given.flatMap((kept) => {
      const span = kept.leave()
      return span ? [{ kept, span }] : []
    })
    this.#given = []
    if (wanted.length === 0) return false
    const length = wanted.reduce((sum, { span }) => sum + span.length, 0)
    const aside = new Shelf(this.#gpu, length, wanted.length)
    let offset = 0
    for (const { kept, span } of wanted) {
      encoder.copyBufferToBuffer(span.buffer, 4 * span.offset, aside.buffer, 4 * offset, 4 * span.length)
      kept.settle({ buffer: aside.buffer, offset, length: span.length, element: span.element }, () => aside.release())
      offset += span.length
    }
    return true
  }
}

/** A buffer of several copies, destroyed when the last is released. */
class Shelf {
  readonly buffer: GPUBuffer
  #users: number

  constructor(gpu: GPUDevice, length: number, users: number) {
    const usage = copySource | copyDestination
    this.buffer = gpu.createBuffer({ label: 'kept', size: Math.max(16, 4 * length), usage })
    this.#users = users
  }

  release(): void {
    if (--this.#users === 0) this.buffer.destroy()
  }
}
