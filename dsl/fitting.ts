import type { BoundInputs, CompileSizes, DimsOf, Feed, Resident } from './compiled.ts'
import type { Missing, Program } from './program.ts'
import type { Shape, Show } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import type { Needs } from './shape/rule.ts'
import type { Tensor } from './tensor.ts'

// The types of training a program. Nothing of it is here: the language knows no devices.

/** What a row has in each column. */
export type ColumnTypes = { readonly [name: string]: { readonly shape: readonly number[]; readonly dtype: DType } }
/** Rows of typed columns: a Dataset of `fluxion/data`, or anything like it. */
export interface DataOf<C> {
  readonly size: number
  readonly columns: C
  rows(indices: ArrayLike<number>): Promise<{ readonly [K in keyof C]: unknown }>
}

/** Check: the rows of each column that is an input of the program are what a batch there is made of. */
type Batched<In, C> =
  Open<C> extends true ? never : { [K in keyof C & keyof In]: RowMisfit<In[K], C[K], K & string> }[keyof C & keyof In]
/** Whether it is not known which columns there are: what fits is then looked at before training. */
type Open<C> = string extends keyof C ? true : false
type RowMisfit<T, C, At extends string> =
  T extends Tensor<infer S, infer D>
    ? C extends { readonly shape: infer R extends Shape; readonly dtype: infer E }
      ? { d: E } extends { d: D }
        ? S extends readonly [unknown, ...infer Row extends Shape]
          ? { r: readonly [...R] } extends { r: readonly [...Row] }
            ? never
            : number extends R['length']
              ? never
              : `shape error: input ${At} takes rows of ${Show<Row>}, and the data has rows of ${Show<R>}`
          : `shape error: input ${At} is a scalar, and a column of the data has its name`
        : `dtype error: input ${At} is ${D & string}, and the data has rows of ${E & string}`
      : never
    : `shape error: input ${At} is a record, and a column of the data has its name`

/** The inputs that are the same in every step. */
type Constant<In, C> = Omit<In, Open<C> extends true ? 'state' : 'state' | keyof C>

export type FitValues = { readonly [name: string]: number }

export interface FitOptions<In, C, A, Recorder, Entry> {
  /** What the program's first state is made from, and the order of the data. Default 0. */
  readonly seed?: number
  /** How many steps to do; or, of data, how many times to see it. One of them. */
  readonly steps?: number
  readonly epochs?: number
  /**
   * Inputs of the program that are columns of the data get the rows of a batch, each row once an epoch. It lies on the
   * device where it fits.
   */
  readonly data?: Needs<Batched<In, C>, DataOf<C>>
  /** The inputs that are neither state nor columns: the same in every step. */
  readonly inputs?: Needs<MissingOf<In, C, A>, { [K in keyof A]: Needs<Feed<Constant<In, C>, A, K>, A[K]> }>
  /** What to begin with in place of what the seed makes: tensors or their elements, nested as the state is. */
  readonly state?: unknown
  /** Every epoch in an order of its own. Default true. */
  readonly shuffle?: boolean
  /** Whether all of the data is put on the device; by its size unless given, up to 1 GiB. Results are the same. */
  readonly resident?: boolean
  /** What the numbers of columns should be like, for a warning where they are not. */
  readonly scale?: { readonly [K in keyof C]?: { readonly mean: number; readonly std: number } }
  /** How often the means of the scalar results are logged: 100 times in all unless given. */
  readonly log?: { readonly every?: number }
  /**
   * Measures the state before the first step, every so many steps, and after the last. Where it gives no values,
   * nothing is logged.
   */
  readonly evaluate?: {
    readonly every: number
    run(at: {
      readonly state: In extends { readonly state: infer S } ? Resident<S> : never
      readonly step: number
    }): FitValues | Promise<FitValues>
  }
  /**
   * How often a checkpoint is saved, where there is a recorder that saves them: 10 times in all unless given, and at
   * the end. And by which value of evaluations the best state is kept beside them: the lowest, unless it is said.
   */
  readonly save?: {
    readonly every?: number
    readonly best?: string | { readonly of: string; readonly highest: boolean }
  }
  /** Asked after each evaluation, with all of them: whether to end here. */
  readonly stop?: (evaluations: readonly Entry[]) => boolean
  /** Where training leaves its traces: `await runFolder('runs/first')` of `fluxion/node` is a folder of them. */
  readonly record?: Recorder
  /** Ends training after the steps at hand, when it is aborted. */
  readonly signal?: AbortSignal
}
type MissingOf<In, C, A> =
  Open<C> extends true
    ? never
    : [Exclude<keyof Constant<In, C>, keyof A>] extends [never]
      ? never
      : Missing<Constant<In, C>, A>

/** What training ends with. The state lies on the device until this is disposed. */
export interface Fitted<State, Entry> extends Disposable {
  readonly state: State
  /** How many steps have been done in all. */
  readonly step: number
  /** 'done': all of them. 'stopped': `stop` said so. 'interrupted': a signal. */
  readonly status: 'done' | 'stopped' | 'interrupted'
  /** What was logged, of earlier sittings, too. */
  readonly entries: readonly Entry[]
  dispose(): void
}

/** The type of `fit` for a kind of device. */
export type Fit<Device, Recorder, Entry> = <
  In extends { readonly state: unknown },
  Out,
  const N extends { readonly [K in DimsOf<In>]: number },
  C extends ColumnTypes = Record<never, never>,
  A = Record<never, never>,
>(
  step: Program<In, Out>,
  device: Device,
  sizes: CompileSizes<In, N>,
  options: FitOptions<BoundInputs<In, N>, C, A, Recorder, Entry>,
) => Promise<Fitted<BoundInputs<In, N> extends { readonly state: infer S } ? Resident<S> : never, Entry>>
