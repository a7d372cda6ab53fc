import type { RegionElement } from '../../compiler/plan/plan.ts'
import { bytesOf, wordBytes } from './bytes.ts'
import type { KeptOnGpu } from './kept.ts'
import type { Memory } from './memory.ts'
import { copyDestination, copySource, storage } from './usage.ts'

/** Elements in a buffer. */
export interface Span {
  readonly buffer: GPUBuffer
  /** In elements, like `length`. */
  readonly offset: number
  readonly length: number
  readonly element: RegionElement
  /** Whose buffer it is, where others use it as well: it is destroyed when nobody refers to that any more. */
  readonly memory?: Memory
}

/**
 * The outputs of the last calls, each call's in a slot of its own. Nothing is copied when a call is made; before a slot
 * is used again, what somebody may still read of all of them is copied aside, at once.
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
    const bytes = wanted.reduce((sum, { span }) => sum + wordBytes(span), 0)
    const aside = new Shelf(this.#gpu, bytes, wanted.length)
    let at = 0
    for (const { kept, span } of wanted) {
      const one = bytesOf[span.element]
      encoder.copyBufferToBuffer(span.buffer, one * span.offset, aside.buffer, at, wordBytes(span))
      const { length, element } = span
      kept.settle({ buffer: aside.buffer, offset: at / one, length, element }, () => aside.release())
      at += wordBytes(span)
    }
    return true
  }
}

/** A buffer of several copies, destroyed when the last is released. */
class Shelf {
  readonly buffer: GPUBuffer
  #users: number

  constructor(gpu: GPUDevice, bytes: number, users: number) {
    const usage = copySource | copyDestination | storage
    this.buffer = gpu.createBuffer({ label: 'kept', size: Math.max(16, bytes), usage })
    this.#users = users
  }

  release(): void {
    if (--this.#users === 0) this.buffer.destroy()
  }
}
