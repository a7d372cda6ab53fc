/// <reference lib="esnext.disposable" preserve="true" />
import type { Place, Port } from '../compiler/plan/plan.ts'
import type { Device, Kept, Loaded, Words } from './device.ts'

export type Numbers = Float32Array | Int32Array | Uint32Array

/**
 * Where a tensor's elements are: a copy of their own, an executable's memory, the host's until a program is given them,
 * or nowhere any more.
 */
export type Storage =
  | { readonly kind: 'host'; readonly words: Words }
  | { readonly kind: 'kept'; readonly kept: Kept }
  | { readonly kind: 'resident'; readonly loaded: Loaded; readonly place: Place }
  | { readonly kind: 'gone'; readonly why: () => string }

/**
 * A tensor on a device: what a compiled program gives and takes. Its value never changes. It is read when asked for;
 * until then nothing waits.
 */
export class DeviceTensor {
  readonly shape: readonly number[]
  /** A key is two u32, and reads as a pair for each key of the shape. */
  readonly dtype: Port['dtype']
  readonly device: Device
  #storage: Storage
  /** What was read of state in a GPU's memory, in case that is lost. */
  #read: Words | undefined
  #sound: Promise<unknown> | undefined

  constructor(type: Pick<Port, 'shape' | 'dtype'>, device: Device, storage: Storage) {
    this.shape = type.shape
    this.dtype = type.dtype
    this.device = device
    this.#storage = storage
    if (storage.kind === 'kept') disposeWith(this, storage.kept)
  }

  /**
   * All elements, row-major: Float32Array for f32 and f16, Int32Array for i32, Uint32Array for u32, key and bool (0 or
   * 1). Rejects where the tensor was donated or disposed.
   */
  async read(): Promise<Numbers> {
    const storage = this.#storage
    if (storage.kind === 'gone') throw new Error(storage.why())
    const sound = this.#sound
    const words = this.#read?.slice() ?? (await this.#readFrom(storage))
    await sound
    return this.dtype === 'i32' ? new Int32Array(words.buffer, words.byteOffset, words.length) : words
  }

  async #readFrom(storage: Exclude<Storage, { kind: 'gone' }>): Promise<Words> {
    if (storage.kind === 'host') return storage.words.slice()
    if (storage.kind === 'kept') return storage.kept.read()
    const words = await storage.loaded.read(storage.place, wordsIn(this))
    if (this.device.kind === 'cpu' || this.#storage.kind === 'gone') return words
    this.#read = words
    return words.slice()
  }

  /** The one element of a tensor that has one. */
  async item(): Promise<number> {
    if (wordsIn(this) !== 1)
      throw new Error(
        `item() is for tensors of one element; this one is ${this.dtype} [${this.shape.join(', ')}]: use read()`,
      )
    return (await this.read())[0]!
  }

  /** Frees its memory now and not when it is collected; reading it is an error from then on. */
  dispose(): void {
    if (this.#storage.kind === 'gone') return
    if (this.#storage.kind === 'kept') {
      abandoned.unregister(this)
      this.#storage.kept.dispose()
    }
    this.lose(() => 'this tensor was disposed')
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** For the runtime alone, like what follows. */
  get storage(): Storage {
    return this.#storage
  }

  /** Reading waits for this from now on, and rejects where it does. */
  readAfter(sound: Promise<unknown>): void {
    this.#sound = sound
  }

  /** Moves a resident tensor out of the executable's memory, where something else is about to be. */
  moveAside(): void {
    if (this.#storage.kind !== 'resident') return
    const kept = this.#storage.loaded.keep(this.#storage.place, wordsIn(this))
    this.#storage = { kind: 'kept', kept }
    disposeWith(this, kept)
  }

  /** Takes a resident tensor's memory from it. */
  lose(why: () => string): void {
    this.#storage = { kind: 'gone', why }
    this.#read = undefined
  }
}

/** Copies whose tensor nobody holds any more. */
const abandoned = new FinalizationRegistry<Kept>((kept) => kept.dispose())

/**
 * A registry holds what it is to dispose until the program has yielded, so memory that is collected anyway does not go
 * there.
 */
function disposeWith(tensor: DeviceTensor, kept: Kept): void {
  if (!kept.collected) abandoned.register(tensor, kept, tensor)
}

/** How many elements a tensor has on a device. */
export const wordsIn = ({ shape, dtype }: Pick<Port, 'shape' | 'dtype'>): number =>
  shape.reduce((product, size) => product * size, dtype === 'key' ? 2 : 1)
