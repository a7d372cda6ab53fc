import type { Dataset, Rows } from '../data/dataset.ts'
import type { Device } from '../device.ts'
import { DeviceTensor, type Numbers } from '../tensor.ts'
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
  /** As it is; or with sampling, so that it takes its batches out of whole columns: `{ state: { of, at }, order, data, rest }`. */
  compile(sampling?: Sampling, debug?: 'nan'): Promise<Runs>
}

/** What the steps are fed with, beside the state. */
export interface Feed {
  readonly inputs: { readonly [name: string]: unknown }
  readonly data?: {
    readonly set: Dataset
    readonly names: readonly string[]
    readonly batch: number
    readonly order: Order
    /** Whether all of it is on the device. */
    readonly resident: boolean
  }
}

/** Every scalar result of some steps. */
export type History = ReadonlyMap<string, Numbers>

/** Runs steps, of which some are one submission. */
export interface Stepper {
  /** The most steps of a submission. */
  readonly most: number
  /** Bytes on the device. */
  readonly memory: number
  /** Does steps `first` to `first + count`, from the state that the one before left. Nothing waits for the device but `history`. */
  submit(state: State, first: number, count: number): Promise<{ readonly state: State; history(): Promise<History> }>
  dispose(): void
}

/** With `debug: 'nan'` the history of a step that makes a number which is none rejects with a NonFiniteError. */
export async function stepperOf(
  trainable: Trainable,
  { inputs, data }: Feed,
  most: number,
  debug?: 'nan',
): Promise<Stepper> {
  if (!data) return repeated(await trainable.compile(undefined, debug), inputs, most)
  const { set, names, batch } = data
  if (!data.resident) return streamed(await trainable.compile(undefined, debug), inputs, data)
  const run = await trainable.compile({ names, batch, rows: set.size, most }, debug)
  return sampled(run, inputs, data, most)
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
  { set, names, batch, order }: NonNullable<Feed['data']>,
  most: number,
): Promise<Stepper> {
  const all = await allRows(set, names)
  const rest = Object.keys(inputs).length > 0 ? { rest: inputs } : {}
  const held = run.upload({ data: all, ...rest }) as object
  const numbers = new Uint32Array(most * batch)
  return {
    most,
    memory: run.bytes,
    async submit(state, first, count) {
      for (let i = 0; i < count; i++) numbers.set(order(first + i), i * batch)
      const given = { state: { of: state, at: 0 }, order: numbers, ...held }
      const { last, history } = run.steps(count, given, { history: true }) as {
        readonly last: { readonly state: { readonly of: State } }
        readonly history: object
      }
      return { state: last.state.of, history: () => readAll(tensorsIn(history, 1)) }
    },
    dispose: () => run.dispose(),
  }
}

/** Some columns, all rows. */
async function allRows(set: Dataset, names: readonly string[]): Promise<{ readonly [name: string]: Numbers }> {
  const whole = await set.rows(Uint32Array.from({ length: set.size }, (_, i) => i))
  return Object.fromEntries(names.map((name) => [name, whole[name]!]))
}

/** Each step is given its rows, which are read while the one before runs. */
function streamed(run: Runs, inputs: Feed['inputs'], { set, names, order }: NonNullable<Feed['data']>): Stepper {
  const held = run.upload(inputs) as object
  let ahead: { readonly step: number; readonly rows: Promise<Rows<Dataset['columns']>> } | undefined
  const read = (step: number) => {
    const rows = set.rows(order(step))
    // Whoever takes it is told.
    rows.catch(() => {})
    return { step, rows }
  }
  return {
    most: 1,
    memory: run.bytes,
    async submit(state, first) {
      const { rows } = ahead?.step === first ? ahead : read(first)
      const all = await rows
      ahead = read(first + 1)
      const given = Object.fromEntries(names.map((name) => [name, all[name]!]))
      const { state: next, ...results } = run({ state, ...held, ...given }) as { readonly state: State }
      return { state: next, history: () => readAll(tensorsIn(results, 0)) }
    },
    dispose: () => run.dispose(),
  }
}

/** The tensors with this many axes, by the names that lead to them, joined by dots. */
function tensorsIn(tree: unknown, rank: 0 | 1, path = ''): readonly (readonly [string, DeviceTensor])[] {
  if (tree instanceof DeviceTensor) return tree.shape.length === rank ? [[path || 'result', tree]] : []
  return Object.entries(tree as object).flatMap(([name, part]) =>
    tensorsIn(part, rank, path ? `${path}.${name}` : name),
  )
}

const readAll = async (tensors: readonly (readonly [string, DeviceTensor])[]): Promise<History> =>
  new Map(await Promise.all(tensors.map(async ([name, tensor]) => [name, await tensor.read()] as const)))
