import { program, type Shape, type Specs } from '../../dsl/index.ts'
import { adam, cosineDecay } from '../../dsl/optim/index.ts'
import { compile } from '../../index.ts'
import type { Columns, Dataset } from '../../runtime/data/dataset.ts'
import type { Device } from '../../runtime/device.ts'
import type { Features } from '../projections/features.ts'
import type { Autoencoder } from './autoencoder.ts'
import type { Reconstruction } from './loss.ts'
import { mlpAutoencoder } from './mlp.ts'
import { patchAutoencoder } from './patch.ts'
import { quantisedStep } from './quantised-step.ts'
import { type CodebookMethod, type VectorQuantiser, vectorQuantiser } from './quantiser.ts'
import { type GivenParams, latentsOf } from './rows.ts'
import type { ImageShape, Row } from './sizes.ts'
import { autoencoderStep } from './step.ts'
import { type FeatureTraining, type Nested, trained } from './trained.ts'

interface ColumnOptions extends FeatureTraining {
  /** The column with the data. Default 'image'. */
  readonly column?: string
}

export interface VaeFeaturesOptions extends ColumnOptions {
  /** Default `mlpAutoencoder` with 16 latent dims. */
  readonly model?: Autoencoder<Shape, Shape, Specs, true>
  /** 'bernoulli', for pixels from 0 to 1, unless given. */
  readonly reconstruction?: Reconstruction
  /** Default 1. */
  readonly kl?: { readonly weight: number }
  /** The rows whose features are given; those that it is trained on unless given. */
  readonly rows?: Dataset
}

export interface VaeFeatures {
  /** The means that the encoder tells: [n, d]; of tokens one after the other. */
  readonly features: Features
  readonly model: Autoencoder<Shape, Shape, Specs, true>
  /** To encode more, and to decode: `decodedRows(model, params, latents, device, { reconstruction: 'bernoulli' })`. */
  readonly params: GivenParams<Specs>
  /** Means over the last steps: `loss`, `reconstruction` and `kl`. */
  readonly last: { readonly [term: string]: number }
}

/**
 * Features that are made by coding: trains a VAE on rows, and gives the mean of the latent of every row. `featureTarget({ features: features.data, dimension: features.dimension, name: 'vae' })` makes a target of them.
 *
 * @throws TypeError where there is no such column; and what `fit` rejects with.
 */
export async function vaeFeatures(
  train: Dataset,
  device: Device,
  options: VaeFeaturesOptions = {},
): Promise<VaeFeatures> {
  const { reconstruction = 'bernoulli', kl = { weight: 1 }, rows = train, column = 'image', ...training } = options
  const shape = shapeOf('vaeFeatures', train, column)
  const model = (options.model ??
    mlpAutoencoder({ shape: shape as Row, latent: 16, variational: true })) as VaeFeatures['model']
  const step = autoencoderStep(model, { optimiser: annealed(training), reconstruction, kl, column })
  const { state, last } = await trained(step, device, train, training)
  const params = state.params as unknown as GivenParams<Specs>
  return { features: await latentsOf(model, params, rows, device, { column }), model, params, last }
}

export interface CodebookFeaturesOptions extends ColumnOptions {
  /** Default `patchAutoencoder` with 49 tokens of 8 dims, of one block of width 32. */
  readonly model?: Autoencoder<Shape, Shape, Specs, false>
  /** Default 256 codes as wide as the latents. */
  readonly quantiser?: VectorQuantiser<number, number, CodebookMethod>
  /** 'squared' unless given. */
  readonly reconstruction?: Reconstruction
}

export interface CodebookFeatures {
  /** The codes: [K, D]. */
  readonly features: Features
  /** [K]: how many vectors of a batch each code was nearest to, averaged over the last steps. */
  readonly uses: Float32Array
  /** Means over the last steps: `loss`, `reconstruction`, `commitment` and `perplexity`. */
  readonly last: { readonly [term: string]: number }
}

/**
 * Features that are codes: trains a VQ-VAE on rows, and gives the rows of its codebook, which are few. `featureTarget({ features: features.data, dimension: features.dimension, name: 'codes' })` makes a target of them.
 *
 * @throws TypeError where there is no such column; and what `fit` rejects with.
 */
export async function codebookFeatures(
  train: Dataset,
  device: Device,
  options: CodebookFeaturesOptions = {},
): Promise<CodebookFeatures> {
  const { reconstruction = 'squared', column = 'image', ...training } = options
  const shape = shapeOf('codebookFeatures', train, column)
  const model = (options.model ??
    patchAutoencoder({ shape: shape as ImageShape, tokens: 49, latent: 8, width: 32, blocks: 1 })) as Autoencoder<
    Shape,
    Shape,
    Specs,
    false
  >
  const dimension = model.latentShape.at(-1) as number
  const quantiser = options.quantiser ?? vectorQuantiser({ codes: 256, dimension })
  const step = quantisedStep(model, quantiser, { optimiser: annealed(training), reconstruction, column })
  const { state, last } = await trained(step, device, train, training)
  const book = program({ book: { ...quantiser.params, ...quantiser.state } as Specs }, ({ book }) =>
    quantiser.codebook(book as never, book as never),
  )
  const { codebook } = state.params as { codebook?: Float32Array }
  const { uses, ...kept } = state.quantiser as Nested
  const given = { uses, ...kept, ...(codebook && { codebook }) }
  const run = await compile(book, device, {})
  try {
    const data = await run({ book: given } as never).read()
    return { features: { data, dimension }, uses: uses as Float32Array, last }
  } finally {
    run.dispose()
  }
}

/** Adam, at a rate that falls to 0. */
const annealed = ({ steps = 2000, learningRate = 1e-3 }: FeatureTraining) =>
  adam({ learningRate: cosineDecay({ start: learningRate, steps: Math.max(1, steps) }) })

function shapeOf(of: string, { columns }: Dataset<Columns>, column: string): readonly number[] {
  const found = columns[column]
  if (found?.dtype === 'f32') return found.shape
  throw new TypeError(`${of}: expected ${column} to be a column of f32; there are ${Object.keys(columns).join(', ')}`)
}
