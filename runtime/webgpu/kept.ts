import type { RegionElement } from '../../compiler/plan/plan.ts'
import type { Kept, Words } from '../device.ts'
import { wordBytes } from './bytes.ts'
import type { Shared } from './device.ts'
import type { Span } from './results.ts'
import { copyDestination, copySource, storage } from './usage.ts'

/**
 * Elements on a GPU that do not change: in a buffer of their own, or where a call left them until something else is
 * about to be there. What was read stays here as well.
 */
export class KeptOnGpu implements Kept {
  readonly collected = false
  readonly device: Shared
  readonly length: number
  readonly element: RegionElement
  #span: Span | undefined
  /** Frees the buffer. */
  #release: (() => void) | undefined
  #words: Words | undefined
  #disposed = false

  private constructor(device: Shared, span: Span, release: (() => void) | undefined) {
    this.device = device
    this.length = span.length
    this.element = span.element
    this.#span = span
    this.#release = release
    if (span.length === 0) this.#words = noWords(span.element)
  }

  /** A result of the last call, where it lies. */
  static inPlace(device: Shared, span: Span): KeptOnGpu {
    return new KeptOnGpu(device, span, undefined)
  }

  /** Room for elements of its own. */
  static apart(device: Shared, length: number, element: RegionElement): KeptOnGpu {
    const usage = copySource | copyDestination | storage
    const size = Math.max(16, wordBytes({ element, length }))
    const buffer = device.gpu.createBuffer({ label: 'kept', size, usage })
    return new KeptOnGpu(device, { buffer, offset: 0, length, element }, () => buffer.destroy())
  }

  /** On the GPU, or read before; on the GPU where it is both. */
  where(): Span | Words {
    if (this.#disposed) throw new Error('what was kept was disposed of and cannot be used any more')
    return (this.#span ?? this.#words)!
  }

  async read(): Promise<Words> {
    const where = this.where()
    this.#words ??= ArrayBuffer.isView(where) ? where : await this.device.read(where)
    return this.#words.slice()
  }

  /**
   * Where the elements are that have to be copied because something else is about to be there; undefined where nobody
   * needs them, or they have been read.
   */
  leave(): Span | undefined {
    const span = this.#span
    this.#span = undefined
    return this.#disposed || this.#words ? undefined : span
  }

  /** Where they are now. */
  settle(span: Span, release: () => void): void {
    this.#span = span
    this.#release = release
  }

  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#release?.()
    this.#span = undefined
    this.#words = undefined
  }
}

export const noWords = (element: RegionElement): Words => (element === 'u32' ? new Uint32Array() : new Float32Array())
