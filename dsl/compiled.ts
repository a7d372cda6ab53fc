/// <reference lib="esnext.disposable" preserve="true" />
import type { Explained } from '../compiler/explain/explained.ts'
import type { Profile } from '../compiler/explain/profile.ts'
import type { AnyProgram, Input, Missing, Program } from './program.ts'
import type { Bound, Rename } from './shape/bind.ts'
import type { Shape } from './shape/dim.ts'
import type { DType, Float } from './shape/dtype.ts'
import type { Misfit } from './shape/misfit.ts'
import type { Needs } from './shape/rule.ts'
import type { Tensor } from './tensor.ts'

// The types of running a program. Nothing of it is here: the language knows no devices.

/** A tensor in a device's memory. Its value never changes, and only reading it waits. */
export interface DeviceTensor<out S extends Shape, out D extends DType = 'f32'> extends Disposable {
  readonly shape: S
  readonly dtype: D
  /** All elements, row-major. */
  read(): Promise<Data<D>>
  /** The element of a tensor that has one. */
  item(): Promise<number>
  /** Frees its memory now and not when it is collected. */
  dispose(): void
}
/** The elements of a dtype, in row-major order: bool as 0 and 1, a key as its two words. */
export type Data<D> = D extends Float ? Float32Array : D extends 'i32' ? Int32Array : Uint32Array
/** What stands for a tensor of a dtype where it is fed: its elements; halves are rounded to from any numbers. */
type Given<D> = Data<D> | (D extends 'f16' ? readonly number[] | Halves : never)
/** Float16Array, which not every platform has. */
type Halves = ArrayLike<number> & { readonly [Symbol.toStringTag]: 'Float16Array' }

/** The tensors of T as they lie on a device. */
export type Resident<T> = T extends Tensor<infer S, infer D> ? DeviceTensor<S, D> : { [K in keyof T]: Resident<T[K]> }
/** Check: A[K] can be fed to input K of T: device tensors, arrays of the right kind, or numbers for scalars. */
export type Feed<T, A, K> = K extends keyof T & keyof A
  ? { a: A[K] } extends { a: Resident<T[K]> }
    ? never
    : Misfit<T[K], Fed<T[K], A[K]>, K & string>
  : Input<T, A, K>
/** The tensors that A stands for where T is fed. */
type Fed<T, A> =
  A extends DeviceTensor<infer S, infer D>
    ? Tensor<S, D>
    : A extends number | boolean
      ? // A number for a scalar.
        T extends Tensor<infer S, infer D>
        ? [S, D] extends [[], 'key']
          ? A
          : S extends []
            ? T
            : A
        : A
      : T extends { readonly dtype: infer D }
        ? A extends Given<D>
          ? T
          : A
        : { [K in keyof A]: Fed<K extends keyof T ? T[K] : never, A[K]> }

/**
 * Every scalar result of a program that is not state, once for each of some steps: nested as the results are, without
 * the others.
 */
export type History<Out> = Out extends Tensor<[], infer D> ? DeviceTensor<[number], D> : Scalars<Omit<Out, 'state'>>
type Scalars<T> = {
  readonly [K in keyof T as T[K] extends Tensor<infer S, DType> ? (S extends [] ? K : never) : K]: T[K] extends Tensor<
    Shape,
    infer D
  >
    ? DeviceTensor<[number], D>
    : Scalars<T[K]>
}

/** A, where it is what a call of a program with inputs In takes. */
export type Fits<In, A> = Needs<Missing<In, A>, { [K in keyof A]: Needs<Feed<In, A, K>, A[K]> }>

/**
 * A program for given sizes, on a device, as it is also where nothing of the compiler is. `state` is donated: pass it
 * once, then use the one that comes back.
 */
export interface Loaded<in out In, in out Out> extends Disposable {
  <A>(inputs: Fits<In, A>): Resident<Out>
  /**
   * Runs the program `count` times in one submission, each time on the state that the time before made, and on the
   * other inputs as given: to the bit what as many calls do. Gives the results of the last.
   */
  steps<A>(count: number, inputs: Fits<In, A>): Resident<Out>
  /** The same, and every scalar result beside the state, of all steps, as a tensor of `count` elements. */
  steps<A>(
    count: number,
    inputs: Fits<In, A>,
    options: { readonly history: true },
  ): { readonly last: Resident<Out>; readonly history: History<Out> }
  /**
   * Puts some of the inputs in the program's memory, for calls that are all given the same, such as a whole data set: a
   * call that is given what this gives copies nothing. It holds until another is given in its place.
   */
  upload<A>(
    inputs: {
      [K in keyof A]: K extends 'state'
        ? 'type error: state stays in memory from call to call; give it to a call'
        : Needs<Feed<In, A, K>, A[K]>
    },
  ): { readonly [K in keyof A]: K extends keyof In ? Resident<In[K]> : never }
  /** The first state: every initialiser in it, run from one seed. */
  init(options: { readonly seed: number }): Promise<In extends { state: infer S } ? Resident<S> : never>
  /** Memory that it has on the device: inputs, state, results and temporaries. */
  readonly bytes: number
  /** Frees its memory. State that is still in it cannot be read any more; other results can. */
  dispose(): void
}

/** The same where the compiler is, which can tell what it made of the program. */
export interface Compiled<in out In, in out Out> extends Loaded<In, Out> {
  /**
   * What became of the program, in words: its kernels, what was fused into each, why what it reads was stored, how it
   * is computed; operations, bytes moved and memory, beside the least that could be. `graph` adds the graph as traced
   * and simplified, `code` the generated code; `line` ('flow.ts:12') gives only what became of that line of the
   * author's, from the graph to the code. A page loads what it takes when it is first asked for.
   */
  explain(options?: {
    readonly graph?: boolean
    readonly code?: boolean
    readonly line?: string
    readonly format?: 'text'
  }): Promise<string>
  /** The same as data; with `code` each kernel has its own. */
  explain(options: { readonly format: 'json'; readonly code?: boolean }): Promise<Explained>
  /**
   * The same as a page that needs nothing beside it, with a picture of kernels, tensors and memory; and of times, where
   * a profile is given.
   */
  explain(options: { readonly format: 'html'; readonly profile?: Profile }): Promise<string>
  /**
   * How long each kernel takes, by the GPU's timestamps or the CPU's clock: medians of `runs` calls (20 unless given)
   * from the same inputs, as a table or with 'json' as data. It runs in memory of its own and copies what it is given:
   * state is neither changed nor donated. Await it before the next call.
   *
   * @throws WebGpuError 'unavailable' where the GPU has no 'timestamp-query'.
   */
  profile<A>(inputs: Fits<In, A>, options?: { readonly runs?: number; readonly format?: 'text' }): Promise<string>
  profile<A>(inputs: Fits<In, A>, options: { readonly runs?: number; readonly format: 'json' }): Promise<Profile>
}

/** The names of a program's dims. */
export type DimsOf<In> =
  Bound<In, In> extends infer Pair ? (Pair extends [infer N extends string, unknown] ? N : never) : never
type BoundSizes<N> = { [K in keyof N]: [K, N[K]] }[keyof N]
/** `sizes` gives each dim of the program a size; one that is missing or unknown is a type error. */
export type CompileSizes<In, N> = {
  [K in keyof N]: K extends DimsOf<In> ? N[K] : `type error: the program has no dim ${K & string}`
}
export interface CompileOptions {
  /**
   * 'nan': look through the results of every call for NaN and infinities. Where there is one, the next call throws, and
   * reading any result rejects, with a NonFiniteError: the first operation that made such a number out of finite ones,
   * its line, and the numbers that it was given. What comes from constants, as the -Infinity of a mask, is left alone.
   * Much slower, for debugging.
   */
  readonly debug?: 'nan'
}
/**
 * Check: sizes are of dims that the program has. It stands beside the program, and not with the sizes: a program that
 * is written into the call is inferred after them.
 */
export type KnownDims<In, N> = [Exclude<keyof N, DimsOf<In>>] extends [never]
  ? unknown
  : `type error: the program has no dim ${Exclude<keyof N, DimsOf<In>> & string}`
/** Check: all dims of a program have sizes, so that none are to be given. */
export type Sized<In> = [DimsOf<In>] extends [never] ? unknown : `type error: dim ${DimsOf<In> & string} has no size`
/** The type of `compile` for a kind of device. Sizes may be left out where the program has no dims to give them to. */
export interface Compile<Device> {
  <In, Out>(program: Program<In, Out> & Sized<In>, device: Device): Promise<CompiledFor<In, Out, Record<never, never>>>
  <In, Out, const N extends { readonly [K in DimsOf<In>]: number }>(
    program: Program<In, Out> & KnownDims<In, NoInfer<N>>,
    device: Device,
    sizes: N,
    options?: CompileOptions,
  ): Promise<CompiledFor<In, Out, N>>
}
/** Inputs with sizes N for the names of dims. */
export type BoundInputs<In, N> = Rename<In, BoundSizes<N>>
/** What compiling a program for sizes N gives. */
export type CompiledFor<In, Out, N> = Compiled<Rename<In, BoundSizes<N>>, Rename<Out, BoundSizes<N>>>
/**
 * What compiling the programs of a module M ahead of time for sizes N gives, as an import with `?fluxion` is typed:
 * `built as BuiltFrom<typeof model, { n: 256 }, Device>`. Each takes those of the sizes that are its own.
 */
export type BuiltFrom<M, N, Device> = {
  readonly [K in keyof M as M[K] extends AnyProgram ? K : never]: M[K] extends Program<infer In, infer Out>
    ? (
        device: Device,
        sizes?: OwnSizes<In, N>,
      ) => Promise<Loaded<Rename<In, BoundSizes<N>>, Rename<Out, BoundSizes<N>>>>
    : never
}
type OwnSizes<In, N> = { readonly [K in DimsOf<In>]: K extends keyof N ? N[K] : number }
