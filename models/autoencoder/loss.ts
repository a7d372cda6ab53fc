import {
  type Dim,
  type Key,
  normal,
  type Shape,
  type Specs,
  split,
  type Tensor,
  type Tensors,
} from '../../dsl/index.ts'
import { bce, klGaussians, mse } from '../../dsl/nn/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { type Autoencoder, type Batch, batch, elements, type Posterior } from './autoencoder.ts'
import { type LatentNormalisation, normalisedLatents } from './normalise.ts'

/** A loss of latents beside the reconstruction, such as their alignment with a prior. */
export interface Regulariser<Z extends Shape, E extends Specs> {
  /** What its mean over the batch is multiplied by. */
  readonly weight: number
  /**
   * The specs of what it needs and nobody trains, such as `{ prior: field.params }`: an input `extra` of the program, given once to `fit` as `inputs: { extra: { prior } }`. {} for nothing.
   */
  readonly inputs: E
  /** What is done to latents before. 'none' unless given, as in the paper of `align`: the loss itself brings them to the scale of the prior, whose samples may then be decoded as they are. */
  readonly normalise?: LatentNormalisation
  /** Of latents [n, ...Z], for each of the batch, [n]: `(y, key, { prior }) => align((x, t) => field.apply(prior, x, t), y, key)`; `alignTokens` of [n, tokens, d]; `matchDistribution`. */
  readonly loss: (latents: Tensor<['n', ...Z]>, key: Key, extra: Tensors<E>) => Tensor<['n']>
}

/** What pixels are compared by. */
export type Reconstruction =
  /** The squared error: up to a factor the negative log-likelihood of Gaussian pixels with variance 1/2. */
  | 'squared'
  /** The binary cross-entropy in nats of pixels from 0 to 1, for a decoder that gives logits. */
  | 'bernoulli'

export interface AutoencoderLossOptions<Z extends Shape, E extends Specs | undefined> {
  /** 'squared' unless given. */
  readonly reconstruction?: Reconstruction
  /** Of a variational model: what the divergence KL(q(z | x) || N(0, I)) is multiplied by. 1 unless given: the loss is then an upper bound of -log p(x) (for 'squared', up to a constant). */
  readonly kl?: { readonly weight: number }
  /** The standard deviation of noise that is added to latents before they are decoded, so that near ones mean the same. 0 unless given. */
  readonly latentNoise?: number
  readonly regulariser?: Regulariser<Z, E & Specs>
}

/** The loss, and what it is the sum of, without weights: means over the batch. */
export type AutoencoderTerms<V extends boolean, E> = {
  loss: Tensor<[]>
  /** Summed over pixels. */
  reconstruction: Tensor<[]>
} & (V extends true ? { kl: Tensor<[]> } : unknown) &
  (E extends Specs ? { regulariser: Tensor<[]> } : unknown)

/**
 * The loss of an autoencoder on rows x [n, ...X], and its terms. Latents of a variational model are drawn from what the encoder tells, and the regulariser looks at what was drawn; noise is added to latents for the decoder alone.
 *
 * Kingma and Welling 2014, arXiv 1312.6114, for the variational one.
 *
 * @throws FluxionError where an option is not one, or `kl` is given for a model that is not variational.
 */
export function autoencoderLoss<
  X extends Shape,
  Z extends Shape,
  P extends Specs,
  V extends boolean,
  E extends Specs | undefined = undefined,
>(
  model: Autoencoder<X, Z, P, V>,
  params: Tensors<P>,
  x: Tensor<['n', ...X]>,
  key: Key,
  options: AutoencoderLossOptions<Z, E> = {},
  extra?: Tensors<E>,
): AutoencoderTerms<V, E> {
  const { reconstruction = 'squared', kl, latentNoise = 0, regulariser } = options
  checkLossOptions('autoencoderLoss', model.variational, options)
  const [forSample, forNoise, forRegulariser] = split(key, 3)
  const posterior = model.variational
    ? (model.posterior(params, x) as unknown as Posterior<Batch>)
    : { mean: model.encode(params, x) as unknown as Batch, logVariance: undefined }
  const { mean, logVariance } = posterior
  const z = logVariance === undefined ? mean : reparameterised(posterior as Posterior<Batch>, forSample)
  const heard = latentNoise === 0 ? z : z.add(normal(forNoise, z.shape).mul(latentNoise) as never)
  const decoded = model.decode(params, heard as never)
  const terms: Record<string, Tensor<[]>> = {
    reconstruction: reconstructionLoss(decoded as never, x as never, reconstruction).mean() as Tensor<[]>,
  }
  let loss = terms.reconstruction!
  if (logVariance !== undefined) {
    const divergence = sumOfRow(klGaussians(mean, logVariance as never, 0, 0, { reduction: 'none' }) as never)
    terms.kl = divergence.mean() as Tensor<[]>
    loss = loss.add(terms.kl.mul(kl?.weight ?? 1))
  }
  if (regulariser !== undefined) {
    const seen = normalisedLatents(z as never, regulariser.normalise)
    const each = regulariser.loss(seen as never, forRegulariser as Key, (extra ?? {}) as never)
    terms.regulariser = (each as Tensor<['n']>).mean() as Tensor<[]>
    loss = loss.add(terms.regulariser.mul(regulariser.weight))
  }
  return { loss, ...terms } as never
}

/** The loss of each row, [n], of decoded pixels [n, ...X]: the sum over all of them. */
export function reconstructionLoss<N extends Dim, X extends Shape>(
  decoded: Tensor<[N, ...X]>,
  x: Tensor<[N, ...X]>,
  kind: Reconstruction = 'squared',
): Tensor<[N]> {
  const loss = kind === 'squared' ? mse : bce
  return sumOfRow(loss(decoded, x as never, { reduction: 'none' }) as never) as Tensor<[N]>
}

/** Draws from the Gaussian: mean + exp(logVariance / 2) noise, through which gradients go. */
export function reparameterised<S extends Shape>({ mean, logVariance }: Posterior<Tensor<S>>, key: Key): Tensor<S> {
  const noise = normal(key, (mean as Tensor<Shape>).shape as never) as unknown as Batch
  return (mean as unknown as Batch).add((logVariance as unknown as Batch).mul(0.5).exp().mul(noise)) as never
}

const sumOfRow = (x: Batch): Tensor<[Dim]> => {
  const [n, ...row] = x.shape
  return (batch(x, n, [elements(row)]) as unknown as Tensor<['n', number]>).sum(1) as unknown as Tensor<[Dim]>
}

export function checkLossOptions(
  of: string,
  variational: boolean,
  {
    reconstruction = 'squared',
    kl,
    latentNoise = 0,
    regulariser,
  }: {
    readonly reconstruction?: Reconstruction
    readonly kl?: { readonly weight: number }
    readonly latentNoise?: number
    readonly regulariser?: { readonly weight: number; readonly loss: unknown }
  },
): void {
  if (reconstruction !== 'squared' && reconstruction !== 'bernoulli')
    throw fail(`type error: ${of}: reconstruction is ${reconstruction}, needs 'squared' or 'bernoulli'`)
  if (kl !== undefined && !variational)
    throw fail(`type error: ${of}: kl is for a variational model; make it with { variational: true }`)
  const weights = { 'kl.weight': kl?.weight, latentNoise, 'regulariser.weight': regulariser?.weight }
  for (const [name, value] of Object.entries(weights))
    if (value !== undefined && !(Number.isFinite(value) && value >= 0))
      throw fail(`type error: ${of}: ${name} is ${value}, needs a number of at least 0`)
  if (regulariser !== undefined && typeof regulariser.loss !== 'function')
    throw fail(`type error: ${of}: regulariser.loss is not a function of latents, a key and extra inputs`)
}
