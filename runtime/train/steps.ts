import type { ColumnDType, Dataset, Rows } from '../data/dataset.ts'
import type { Device } from '../device.ts'
import { DeviceTensor, type Numbers } from '../tensor.ts'
import { orDispose } from './or-dispose.ts'
import type { Order } from './order.ts'
import type { State } from './state.ts'

/** A compiled program, as `compile` gives it. */
export interface Runs {
  (inputs: unknown): unknown
  steps(count: number, inputs: unknown, options: { readonly history: true }): unknown
  upload(inputs: unknown): unknown
  readonly bytes: number
  dispose(): void
}

export interface Sampling {
  readonly names: readonly string[]
  readonly batch: number
  readonly rows: number
  readonly most: number
}

/** A training step, as a program that can be compiled. */
export interface Trainable {
  readonly name: string
  readonly device: Device
  init(seed: number): Promise<State>
  /**
   * As it is; or with sampling, so that it takes its batches out of whole columns: `{ state: { of, at }, order, data,
   * rest }`.
   */
  compile(sampling?: Sampling, debug?: 'nan'): Promise<Runs>
}

/** What the steps are fed with, beside the state. */
export interface Feed {
  readonly inputs: { readonly [name: string]: unknown }
  readonly data?: Data
}

interface Data {
  readonly set: Dataset
  readonly names: readonly string[]
  readonly batch: number
  readonly order: Order
  /** Whether all of it is on the device. */
  readonly resident: boolean
}

/** Every scalar result of some steps. */
export type History = ReadonlyMap<string, Numbers>

/** Runs steps, of which some are one submission. */
export interface Stepper {
  /** The most steps of a submission. */
  readonly most: number
  /** Bytes on the device. */
  readonly memory: number
  /**
   * Does steps `first` to `first + count`, from the state that the one before left. Nothing waits for the device but
   * `history`.
   */
  submit(state: State, first: number, count: number): Promise<{ readonly state: State; history(): Promise<History> }>
  dispose(): void
}

/**
 * The most bytes of rows that are streamed for a submission, unless those of a single step are more. They are brought
 * to the device whole, in a few milliseconds, however many of the steps are done.
 */
const mostStreamed = 2 ** 24

/** With `debug: 'nan'` the history of a step that makes a number which is none rejects with a NonFiniteError. */
export async function stepperOf(
  trainable: Trainable,
  { inputs, data }: Feed,
  most: number,
  debug?: 'nan',
): Promise<Stepper> {
  const compiled = async (sampling: Sampling | undefined, fed: (run: Runs) => Stepper | Promise<Stepper>) => {
    const run = await trainable.compile(sampling, debug)
    return orDispose(run, () => fed(run))
  }
  if (!data) return compiled(undefined, (run) => repeated(run, inputs, most))
  const { set, names, batch } = data
  if (data.resident) return compiled({ names, batch, rows: set.size, most }, (run) => sampled(run, inputs, data, most))
  const window = Math.floor(mostStreamed / (batch * bytesOfRow(set, names)))
  if (window < 2) return compiled(undefined, (run) => streamed(run, inputs, data))
  const atOnce = Math.min(most, window)
  return compiled({ names, batch, rows: atOnce * batch, most: atOnce }, (run) => windowed(run, inputs, data, atOnce))
}

/** Without data a step needs nothing but its state. */
function repeated(run: Runs, inputs: Feed['inputs'], most: number): Stepper {
  const held = run.upload(inputs) as object
  return {
    most,
    memory: run.bytes,
    async submit(state, _first, count) {
      const { last, history } = run.steps(count, { state, ...held }, { history: true }) as {
        readonly last: { readonly state: State }
        readonly history: object
      }
      return { state: last.state, history: () => readAll(tensorsIn(history, 1)) }
    },
    dispose: () => run.dispose(),
  }
}

/** The device has the data, and is told which rows to take for some steps ahead. */
async function sampled(
  run: Runs,
  inputs: Feed['inputs'],
  { set, names, batch, order }: Data,
  most: number,
): Promise<Stepper> {
  const held = run.upload({ data: await allRows(set, names), ...restOf(inputs) }) as object
  const numbers = new Uint32Array(most * batch)
  return {
    most,
    memory: run.bytes,
    async submit(state, first, count) {
      for (let i = 0; i < count; i++) numbers.set(order(first + i), i * batch)
      return runSampled(run, count, state, { order: numbers, ...held })
    },
    dispose: () => run.dispose(),
  }
}

/** What a program with sampling is given beside its batches. */
const restOf = (inputs: Feed['inputs']): object => (Object.keys(inputs).length > 0 ? { rest: inputs } : {})

/** Steps of a program with sampling, beginning with the first batch of `order`. */
function runSampled(run: Runs, count: number, state: State, given: object) {
  const { last, history } = run.steps(count, { state: { of: state, at: 0 }, ...given }, { history: true }) as {
    readonly last: { readonly state: { readonly of: State } }
    readonly history: object
  }
  return { state: last.state.of, history: () => readAll(tensorsIn(history, 1)) }
}

/** Some columns, all rows. */
async function allRows(set: Dataset, names: readonly string[]): Promise<{ readonly [name: string]: Numbers }> {
  const whole = await set.rows(Uint32Array.from({ length: set.size }, (_, i) => i))
  return Object.fromEntries(names.map((name) => [name, whole[name]!]))
}

/** The rows of each step, which are read a submission ahead. */
function reader({ set, order }: Data) {
  const read = (step: number) => {
    const rows = set.rows(order(step))
    // Whoever takes it is told.
    rows.catch(() => {})
    return rows
  }
  let ahead = new Map<number, Promise<Rows<Dataset['columns']>>>()
  return (first: number, count: number): Promise<readonly Rows<Dataset['columns']>[]> => {
    const steps = (from: number) => Array.from({ length: count }, (_, i) => from + i)
    const now = steps(first).map((step) => ahead.get(step) ?? read(step))
    ahead = new Map(steps(first + count).map((step) => [step, ahead.get(step) ?? read(step)]))
    return Promise.all(now)
  }
}

/** Each step is given its rows. */
function streamed(run: Runs, inputs: Feed['inputs'], data: Data): Stepper {
  const held = run.upload(inputs) as object
  const rowsOf = reader(data)
  return {
    most: 1,
    memory: run.bytes,
    async submit(state, first) {
      const [rows] = await rowsOf(first, 1)
      const given = Object.fromEntries(data.names.map((name) => [name, rows![name]!]))
      const { state: next, ...results } = run({ state, ...held, ...given }) as { readonly state: State }
      return { state: next, history: () => readAll(tensorsIn(results, 0)) }
    },
    dispose: () => run.dispose(),
  }
}

/**
 * The same of several steps in a submission: the device is given the rows of all of them, and takes them in their
 * order.
 */
function windowed(run: Runs, inputs: Feed['inputs'], data: Data, most: number): Stepper {
  const { names, batch, set } = data
  const inOrder = Uint32Array.from({ length: most * batch }, (_, i) => i)
  const held = run.upload({ order: inOrder, ...restOf(inputs) }) as object
  const rowsOf = reader(data)
  const window = new Map(
    names.map((name) => [name, arrayOf(set.columns[name]!.dtype, most * batch * widthOf(set, name))]),
  )
  return {
    most,
    memory: run.bytes,
    async submit(state, first, count) {
      const steps = await rowsOf(first, count)
      for (const [name, array] of window)
        for (const [i, rows] of steps.entries()) array.set(rows[name]!, i * batch * widthOf(set, name))
      return runSampled(run, count, state, { data: Object.fromEntries(window), ...held })
    },
    dispose: () => run.dispose(),
  }
}

const arrayOf = (dtype: ColumnDType, length: number): Numbers =>
  dtype === 'f32' ? new Float32Array(length) : dtype === 'i32' ? new Int32Array(length) : new Uint32Array(length)

/** Elements of a row in a column. */
const widthOf = (set: Dataset, name: string): number => set.columns[name]!.shape.reduce((n, size) => n * size, 1)

/** Bytes of a row in some columns, on a device. */
export const bytesOfRow = (set: Dataset, names: readonly string[]): number =>
  4 * names.reduce((sum, name) => sum + widthOf(set, name), 0)

/** The tensors with this many axes, by the names that lead to them, joined by dots. */
function tensorsIn(tree: unknown, rank: 0 | 1, path = ''): readonly (readonly [string, DeviceTensor])[] {
  if (tree instanceof DeviceTensor) return tree.shape.length === rank ? [[path || 'result', tree]] : []
  return Object.entries(tree as object).flatMap(([name, part]) =>
    tensorsIn(part, rank, path ? `${path}.${name}` : name),
  )
}

const readAll = async (tensors: readonly (readonly [string, DeviceTensor])[]): Promise<History> =>
  new Map(await Promise.all(tensors.map(async ([name, tensor]) => [name, await tensor.read()] as const)))
