import { f32, i32, program, valueAndGrad } from '../../dsl/index.ts'
import { crossEntropy, linear, mlp, silu } from '../../dsl/nn/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import type { Columns, Dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import type { Features } from '../projections/features.ts'
import { elements } from './autoencoder.ts'
import { mapRows } from './rows.ts'
import { type FeatureTraining, type Nested, trained } from './trained.ts'

export interface ClassifierFeaturesOptions<F extends number> extends FeatureTraining {
  /** F, of the layer before the last. Default 64. */
  readonly dimension?: F
  /** Of the hidden layers before it. Default [256]. */
  readonly widths?: readonly number[]
  /** The rows whose features are given; those that it is trained on unless given. */
  readonly rows?: Dataset
  /** The column with the data. Default 'image'. */
  readonly column?: string
  /** The column with whole numbers from 0. Default 'label'. */
  readonly label?: string
}

export interface ClassifierFeatures<F extends number> {
  /** [n, F]: the layer before the last, after its activation. */
  readonly features: Features<F>
  /** Over the last steps, of the rows that it was trained on, in nats. */
  readonly loss: number
  /** The same features of other rows, such as generated ones. */
  of(rows: Dataset): Promise<Features<F>>
}

/**
 * Features that are made by telling classes apart: trains a small network (linear layers and SiLU, Adam) on labelled
 * rows, and gives what its last hidden layer makes of every row. They are what a supervised backbone gives to a flow
 * prior: `featureTarget({ features: features.data, dimension: 64, name: 'classifier' })` projects them.
 *
 * @throws TypeError where there are no such columns; and what `fit` rejects with.
 */
export async function classifierFeatures<const F extends number = 64>(
  train: Dataset,
  device: Device,
  options: ClassifierFeaturesOptions<F> = {},
): Promise<ClassifierFeatures<F>> {
  const { dimension = 64, widths = [256], rows = train, column = 'image', label = 'label', ...training } = options
  const data = labelled(train, column, label)
  const pixels = data.columns.x.shape[0]
  const { label: labels } = await data.rows(Uint32Array.from({ length: train.size }, (_, i) => i))
  const classes = labels.reduce((most, one) => Math.max(most, one), 0) + 1
  const body = mlp([pixels, ...widths, dimension] as unknown as readonly [number, number], silu, { final: silu })
  const head = linear(dimension as number, classes)
  const params = { body: body.params, head: head.params }
  const loss = program({ params, x: f32('n', pixels), label: i32('n') }, ({ params, x, label }) =>
    crossEntropy(head.apply(params.head, body.apply(params.body, x)), label),
  )
  const { steps = 2000, learningRate = 1e-3 } = training
  const optimiser = adam({ learningRate: cosineDecay({ start: learningRate, steps: Math.max(1, steps) }) })
  const step = program(
    { state: { params, opt: optimiser.state(params) }, x: f32('n', pixels), label: i32('n') },
    ({ state, ...batch }) => {
      const [value, gradient] = valueAndGrad(loss, 'params')({ params: state.params, ...batch })
      return { state: optimiser.update(gradient, state.opt, state.params), loss: value }
    },
    { name: 'classifierFeatures' },
  )
  const { state, last } = await trained(step, device, data, training)
  const hidden = program({ params: body.params, rows: f32('n', pixels) }, ({ params, rows }) => ({
    made: body.apply(params, rows),
  }))
  const inputs = { params: (state.params as Nested).body }
  const of = async (rows: Dataset): Promise<Features<F>> => ({
    data: await mapRows(hidden, device, flattened(rows, column), inputs, { column: 'x' }),
    dimension: dimension as F,
  })
  return { features: await of(rows), loss: last.loss ?? Number.NaN, of }
}

/** The same rows by names that the programs here have: each flattened, with its label. */
function labelled(data: Dataset, column: string, label: string): Dataset<Labelled> {
  const x = elements(pixelsOf(data, column, label).shape)
  return {
    size: data.size,
    columns: { x: { shape: [x], dtype: 'f32' }, label: { shape: [], dtype: 'i32' } },
    rows: async (indices) => {
      const found = await data.rows(indices)
      return { x: found[column] as Float32Array, label: Int32Array.from(found[label]!) }
    },
  }
}

/** The same without labels. */
function flattened(data: Dataset, column: string): Dataset<Pick<Labelled, 'x'>> {
  const x = elements(pixelsOf(data, column).shape)
  return {
    size: data.size,
    columns: { x: { shape: [x], dtype: 'f32' } },
    rows: async (indices) => ({ x: (await data.rows(indices))[column] as Float32Array }),
  }
}

/** The column with the data, beside that with the labels where one is asked for. */
function pixelsOf({ columns }: Dataset, column: string, label?: string): Columns[string] {
  const found = columns[column]
  const kind = label === undefined ? 'i32' : columns[label]?.dtype
  if (found?.dtype === 'f32' && (kind === 'u32' || kind === 'i32')) return found
  throw new TypeError(
    `classifierFeatures: expected ${column} to be a column of f32${label === undefined ? '' : ` and ${label} one of whole numbers`}; there are ${Object.keys(columns).join(', ')}`,
  )
}

type Labelled = {
  readonly x: { readonly shape: readonly [number]; readonly dtype: 'f32' }
  readonly label: { readonly shape: readonly []; readonly dtype: 'i32' }
}
