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

export interface VaeFeaturesOptions<X extends Shape, Z extends Shape, P extends Specs> extends ColumnOptions {
  /** Default `mlpAutoencoder` with 16 latent dims. */
  readonly model?: Autoencoder<X, Z, P, true>
  /** 'bernoulli', for pixels from 0 to 1, unless given. */
  readonly reconstruction?: Reconstruction
  /** Default 1. */
  readonly kl?: { readonly weight: number }
  /** The rows whose features are given; those that it is trained on unless given. */
  readonly rows?: Dataset
}

export interface VaeFeatures<X extends Shape, Z extends Shape, P extends Specs> {
  /** The means that the encoder tells: [n, d]; of tokens one after the other. */
  readonly features: Features
  readonly model: Autoencoder<X, Z, P, true>
  /** To encode more, and to decode: `decodedRows(model, params, latents, device, { reconstruction: 'bernoulli' })`. */
  readonly params: GivenParams<P>
  /** Means over the last steps: `loss`, `reconstruction` and `kl`. */
  readonly last: { readonly [term: string]: number }
}

/**
 * Features that are made by coding: trains a VAE on rows, and gives the mean of the latent of every row.
 * `featureTarget({ features: features.data, dimension: features.dimension, name: 'vae' })` makes a target of them.
 *
 * @throws TypeError where there is no such column; and what `fit` rejects with.
 */
export async function vaeFeatures<X extends Shape = Shape, Z extends Shape = Shape, P extends Specs = Specs>(
  train: Dataset,
  device: Device,
  options: VaeFeaturesOptions<X, Z, P> = {},
): Promise<VaeFeatures<X, Z, P>> {
  const { reconstruction = 'bernoulli', kl = { weight: 1 }, rows = train, column = 'image', ...training } = options
  const shape = shapeOf('vaeFeatures', train, column)
  const model = (options.model ??
    mlpAutoencoder({ shape: shape as Row, latent: 16, variational: true })) as unknown as Autoencoder<X, Z, P, true>
  const step = autoencoderStep(model, { optimiser: annealed(training), reconstruction, kl, column })
  const { state, last } = await trained(step, device, train, training)
  const params = state.params as unknown as GivenParams<P>
  return { features: await latentsOf(model, params, rows, device, { column }), model, params, last }
}

export interface CodebookFeaturesOptions<
  X extends Shape,
  Z extends Shape,
  P extends Specs,
  K extends number,
  D extends number,
  M extends CodebookMethod,
> extends ColumnOptions {
  /** Default `patchAutoencoder` with 16 tokens of 8 dims, of width 32. */
  readonly model?: Autoencoder<X, Z, P, false>
  /** Default 256 codes as wide as the latents. */
  readonly quantiser?: VectorQuantiser<K, D, M>
  /** 'squared' unless given. */
  readonly reconstruction?: Reconstruction
}

export interface CodebookFeatures<D extends number = number> {
  /** The codes: [K, D]. */
  readonly features: Features<D>
  /** [K]: how many vectors of a batch each code was nearest to, averaged over the last steps. */
  readonly uses: Float32Array
  /** Means over the last steps: `loss`, `reconstruction`, `commitment` and `perplexity`. */
  readonly last: { readonly [term: string]: number }
}

/**
 * Features that are codes: trains a VQ-VAE on rows, and gives the rows of its codebook, which are few. `featureTarget({
 * features: features.data, dimension: features.dimension, name: 'codes' })` makes a target of them.
 *
 * @throws TypeError where there is no such column; and what `fit` rejects with.
 */
export async function codebookFeatures<
  X extends Shape = Shape,
  Z extends Shape = Shape,
  P extends Specs = Specs,
  K extends number = number,
  D extends number = number,
  M extends CodebookMethod = 'average',
>(
  train: Dataset,
  device: Device,
  options: CodebookFeaturesOptions<X, Z, P, K, D, M> = {},
): Promise<CodebookFeatures<D>> {
  const { reconstruction = 'squared', column = 'image', ...training } = options
  const shape = shapeOf('codebookFeatures', train, column)
  const model = (options.model ??
    patchAutoencoder({ shape: shape as ImageShape, tokens: 16, latent: 8, width: 32 })) as Autoencoder<
    Shape,
    Shape,
    Specs,
    false
  >
  const dimension = model.latentShape.at(-1) as D
  const quantiser = (options.quantiser ?? vectorQuantiser({ codes: 256, dimension })) as unknown as VectorQuantiser<
    K,
    D,
    M
  >
  const step = quantisedStep(model, quantiser, { optimiser: annealed(training), reconstruction, column })
  const { state, last } = await trained(step, device, train, training)
  const book = program({ book: { ...quantiser.params, ...quantiser.state } }, ({ book }) =>
    quantiser.codebook(book as never, book as never),
  )
  const { codebook } = state.params as { codebook?: Float32Array }
  const { uses, ...kept } = state.quantiser as Nested
  const given = { uses, ...kept, ...(codebook && { codebook }) }
  const run = await compile(book, device)
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
