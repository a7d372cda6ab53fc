import type { Kept, Words } from '../device.ts'

/** Elements that were copied out of an executable; or will be, once all is done that was asked for before. */
export class CpuCopy implements Kept {
  readonly length: number
  readonly collected = true
  #words: Words | undefined
  readonly #copied: Promise<void> | undefined

  constructor(words: Words, copied?: Promise<void>) {
    this.length = words.length
    this.#words = words
    this.#copied = copied
  }

  words(): Words {
    if (!this.#words) throw new Error('this copy has been disposed')
    return this.#words
  }

  async read(): Promise<Words> {
    const words = this.words()
    await this.#copied
    return words.slice()
  }

  dispose(): void {
    this.#words = undefined
  }
}

export function wordsOf(kept: Kept): Words {
  if (!(kept instanceof CpuCopy)) throw new Error('what another device kept cannot be restored on the CPU')
  return kept.words()
}

/** As many elements, of the kind that these are. */
export const sameKind = (words: Words, length: number): Words =>
  words instanceof Float32Array ? new Float32Array(length) : new Uint32Array(length)
