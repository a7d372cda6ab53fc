import type { Dataset } from '../data/dataset.ts'
import { DeviceTensor, type Numbers, wordsIn } from '../tensor.ts'
import type { Best } from './best.ts'
import { epochs as orderOf } from './order.ts'
import type { Entry, Recorder } from './recorder.ts'
import type { Scale } from './scale.ts'
import { mapState, onHost, type State } from './state.ts'
import { bytesOfRow, type Feed, type Sampling, type Trainable } from './steps.ts'

/** What training is asked for. */
export interface TrainOptions {
  readonly seed?: number
  readonly steps?: number
  readonly epochs?: number
  readonly data?: Dataset
  readonly inputs?: { readonly [name: string]: unknown }
  readonly state?: unknown
  readonly shuffle?: boolean
  readonly resident?: boolean
  readonly scale?: { readonly [name: string]: Scale }
  readonly log?: { readonly every?: number }
  readonly evaluate?: {
    readonly every: number
    run(at: { readonly state: never; readonly step: number }): Values | Promise<Values>
  }
  readonly save?: { readonly every?: number; readonly best?: Best }
  readonly stop?: (evaluations: readonly Entry[]) => boolean
  readonly record?: Recorder
  readonly signal?: AbortSignal
}
export type Values = { readonly [name: string]: number }

/** The most bytes of data that are put on a device unless it is asked for. */
const mostResident = 2 ** 30

/** How many steps are asked for. */
export function stepsOf({ steps, epochs }: TrainOptions, data: Dataset | undefined, batch: number | undefined): number {
  if ((steps === undefined) === (epochs === undefined))
    throw new TypeError('fit: say how long to train, by one of them: { steps: 1000 } or { epochs: 10 }')
  if (steps !== undefined) {
    if (Number.isSafeInteger(steps) && steps >= 0) return steps
    throw new RangeError(`fit: steps is ${steps}; it must be a whole number from 0`)
  }
  if (!data || batch === undefined)
    throw new TypeError('fit: epochs are of data, and there is none; say how many steps: { steps: 1000 }')
  if (!(epochs! >= 0 && Number.isFinite(epochs)))
    throw new RangeError(`fit: epochs is ${epochs}; it must be a number from 0`)
  return Math.ceil((epochs! * data.size) / batch)
}

export function feedOf(
  { shuffle = true, seed = 0, resident }: TrainOptions,
  { device }: Trainable,
  set: Dataset,
  { names, batch }: Pick<Sampling, 'batch' | 'names'>,
): NonNullable<Feed['data']> {
  const fits = set.size * bytesOfRow(set, names) <= Math.min(mostResident, device.limits.maxBufferSize ?? mostResident)
  return { set, names, batch, order: orderOf({ rows: set.size, batch, seed, shuffle }), resident: resident ?? fits }
}

/** From the seed, or as given. */
export async function firstState(trainable: Trainable, { seed = 0, state }: TrainOptions): Promise<State> {
  const made = await trainable.init(seed)
  return state === undefined ? made : startFrom(made, state)
}

/** What was given for each tensor of a state: a tensor, or its elements. */
function startFrom(like: State, given: unknown): State {
  return mapState(like, ({ path, tensor }) => {
    const value = path
      .split('.')
      .slice(1)
      .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), given)
    if (value instanceof DeviceTensor) return value
    const length = wordsIn(tensor)
    if (typeof value === 'number' && length === 1) return startFrom(tensor, arrayLike(tensor, [value]))
    if (!ArrayBuffer.isView(value) || value.constructor !== arrayLike(tensor, []).constructor)
      throw new TypeError(
        `fit: ${path} needs a tensor or a ${arrayLike(tensor, []).constructor.name} of ${length} elements, was given ${value === undefined ? 'nothing' : `a ${typeof value}`}`,
      )
    const numbers = value as unknown as Numbers
    if (numbers.length !== length)
      throw new TypeError(
        `fit: ${path} needs ${length} elements ([${tensor.shape.join(', ')}]), was given ${numbers.length}`,
      )
    const words = numbers.slice()
    return onHost(tensor, words instanceof Int32Array ? new Uint32Array(words.buffer) : words)
  }) as State
}

const arrayLike = ({ dtype }: DeviceTensor, values: readonly number[]): Numbers =>
  dtype === 'f32' || dtype === 'f16'
    ? Float32Array.from(values)
    : dtype === 'i32'
      ? Int32Array.from(values)
      : Uint32Array.from(values)
