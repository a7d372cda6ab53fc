/// <reference lib="esnext.disposable" preserve="true" />
import type { Port } from '../compiler/plan/plan.ts'

// The types of programs that were compiled ahead of time: what `fluxion build` writes is in terms of these.

type DType = Port['dtype']

/** A `DeviceTensor` of which the type knows shape and dtype. */
export interface TypedTensor<out S extends readonly number[], out D extends DType = 'f32'> extends Disposable {
  readonly shape: S
  readonly dtype: D
  /** All elements, row-major: bool as 0 and 1, a key as its two words. */
  read(): Promise<Elements<D>>
  /** The element of a tensor that has one. */
  item(): Promise<number>
  /** Frees its memory now and not when it is collected. */
  dispose(): void
}
type AnyTensor = TypedTensor<readonly number[], DType>
type Elements<D> = D extends 'f32' | 'f16' ? Float32Array : D extends 'i32' ? Int32Array : Uint32Array

/** Float16Array, which not every platform has. */
export type Halves = ArrayLike<number> & { readonly [Symbol.toStringTag]: 'Float16Array' }

/** Of what can be given for inputs the tensors. */
export type OnDevice<T> = [Extract<T, AnyTensor>] extends [never]
  ? { readonly [K in keyof T]: OnDevice<T[K]> }
  : Extract<T, AnyTensor>

/** A program that was compiled ahead of time, on a device: what `compile` gives, without what needs the compiler. */
export interface Run<In, Out> extends Disposable {
  (inputs: In): Out
  /**
   * Puts some of the inputs in the program's memory, for calls that are all given the same: a call that is given what
   * this gives copies nothing. It holds until another is given in its place.
   */
  upload<K extends Exclude<keyof In, 'state'>>(inputs: Pick<In, K>): { readonly [P in K]: OnDevice<In[P]> }
  /** Memory that it has on the device: inputs, state, results and temporaries. */
  readonly bytes: number
  /** Frees its memory. State that is still in it cannot be read any more; other results can. */
  dispose(): void
}

/** The same of a program with state, which is donated: pass it once, then use the one that comes back. */
export interface StatefulRun<In, Out extends { readonly state: unknown }> extends Run<In, Out> {
  /** The first state: every initialiser in it, run from one seed. */
  init(options: { readonly seed: number }): Promise<Out['state']>
  /**
   * Runs the program `count` times in one submission, each time on the state that the time before made, and on the
   * other inputs as given: to the bit what as many calls do. Gives the results of the last.
   */
  steps(count: number, inputs: In): Out
  /** The same, and every scalar result beside the state, of all steps, as a tensor of `count` elements. */
  steps(
    count: number,
    inputs: In,
    options: { readonly history: true },
  ): { readonly last: Out; readonly history: Scalars<Omit<Out, 'state'>> }
}
/** Every scalar of some results, once for each of some steps: nested as they are, without the others. */
type Scalars<T> = {
  readonly [K in keyof T as T[K] extends AnyTensor
    ? T[K]['shape'] extends readonly []
      ? K
      : never
    : K]: T[K] extends {
    readonly shape: readonly []
    readonly dtype: infer D extends DType
  }
    ? TypedTensor<[number], D>
    : Scalars<T[K]>
}
