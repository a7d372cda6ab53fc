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
import { checkNotNegative, checkPositive } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'
import type { VelocityField } from '../flow/fields/velocity-field.ts'
import { type Autoencoder, type Batch, batch, elements, type Posterior } from './autoencoder.ts'
import { type LatentNormalisation, normalisedLatents } from './normalise.ts'

/** A velocity that is trained beside an encoder, on its latents as they are, by flow matching. */
export interface Student<S extends Specs> {
  /** As wide as a latent, or as a token of one. */
  readonly field: VelocityField<number, S>
  /** Adam's; 1e-3 unless given. Fast enough to keep up with the encoder. */
  readonly learningRate?: number
}

/** A loss of latents beside the reconstruction, such as their alignment with a prior. */
export interface Regulariser<Z extends Shape, E extends Specs, S extends Specs | undefined = undefined> {
  /** What its mean over the batch is multiplied by. */
  readonly weight: number
  /**
   * The specs of what it needs and nobody trains, such as `{ prior: field.params }`: an input `extra` of the program,
   * given once to `fit` as `inputs: { extra: { prior } }`. {} for nothing.
   */
  readonly inputs: E
  /**
   * What is done to latents before. 'none' unless given, as in the paper of `align`: the loss itself brings them to the
   * scale of the prior, whose samples may then be decoded as they are.
   */
  readonly normalise?: LatentNormalisation
  /**
   * Learns the velocity of the latents, which the loss is given as `student`, for `matchDistribution` of more than a
   * few dims. `autoencoderStep` trains it.
   */
  readonly student?: Student<S & Specs>
  /**
   * Of latents [n, ...Z], for each of the batch, [n]: `(y, key, { prior }) => align((x, t) => field.apply(prior, x, t),
   * y, key)`; `alignTokens` of [n, tokens, d]; `(y, key, { prior, student }) => matchDistribution((x, t) =>
   * field.apply(prior, x, t), y, key, { latents: (x, t) => other.apply(student, x, t) })`.
   */
  readonly loss: (latents: Tensor<['n', ...Z]>, key: Key, extra: Told<E, S>) => Tensor<['n']>
}

/** What a regulariser is told beside latents. */
type Told<E, S> = Tensors<E> & (S extends Specs ? { student: Tensors<S> } : unknown)

/** What pixels are compared by. */
export type Reconstruction =
  /** The squared error: up to a factor the negative log-likelihood of Gaussian pixels with variance 1/2. */
  | 'squared'
  /** The binary cross-entropy in nats of pixels from 0 to 1, for a decoder that gives logits. */
  | 'bernoulli'

export interface AutoencoderLossOptions<
  Z extends Shape,
  E extends Specs | undefined,
  S extends Specs | undefined = undefined,
> {
  /** 'squared' unless given. */
  readonly reconstruction?: Reconstruction
  /**
   * Of a variational model: what the divergence KL(q(z | x) || N(0, I)) is multiplied by. 1 unless given: the loss is
   * then an upper bound of -log p(x) (for 'squared', up to a constant).
   */
  readonly kl?: { readonly weight: number }
  /**
   * The standard deviation of noise that is added to latents before they are decoded, so that near ones mean the same.
   * 0 unless given.
   */
  readonly latentNoise?: number
  readonly regulariser?: Regulariser<Z, E & Specs, S>
}

/** The loss, and what it is the sum of, without weights: means over the batch. */
export type AutoencoderTerms<V extends boolean, E> = {
  loss: Tensor<[]>
  /** Summed over pixels. */
  reconstruction: Tensor<[]>
} & (V extends true ? { kl: Tensor<[]> } : unknown) &
  (E extends Specs ? { regulariser: Tensor<[]> } : unknown)

/**
 * The loss of an autoencoder on rows x [n, ...X], and its terms. Latents of a variational model are drawn from what the
 * encoder tells, and the regulariser looks at what was drawn; noise is added to latents for the decoder alone.
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
  S extends Specs | undefined = undefined,
>(
  model: Autoencoder<X, Z, P, V>,
  params: Tensors<P>,
  x: Tensor<['n', ...X]>,
  key: Key,
  options: AutoencoderLossOptions<Z, E, S> = {},
  extra?: Told<E, S>,
): AutoencoderTerms<V, E> {
  const { loss, terms } = lossOfLatents(model, params, x as never, key, options as never, extra)
  return { loss, ...terms } as never
}

/** The loss, its terms, and the latents that the regulariser looks at. */
export function lossOfLatents(
  model: Autoencoder<Shape, Shape, Specs, boolean>,
  params: Tensors<Specs>,
  x: Batch,
  key: Key,
  options: AutoencoderLossOptions<Shape, Specs, Specs>,
  extra: unknown,
): { readonly loss: Tensor<[]>; readonly terms: Record<string, Tensor<[]>>; readonly latents: Batch } {
  const { reconstruction = 'squared', kl, latentNoise = 0, regulariser } = options
  checkLossOptions('autoencoderLoss', model.variational, options)
  const [forSample, forNoise, forRegulariser] = split(key, 3)
  const posterior = model.variational
    ? model.posterior(params, x)
    : { mean: model.encode(params, x) as unknown as Batch, logVariance: undefined }
  const { mean, logVariance } = posterior
  const z = logVariance === undefined ? mean : reparameterised(posterior as Posterior<Batch>, forSample)
  const heard = latentNoise === 0 ? z : z.add(normal(forNoise, z.shape).mul(latentNoise))
  const decoded = model.decode(params, heard)
  const terms: Record<string, Tensor<[]>> = {
    reconstruction: reconstructionLoss(decoded, x, reconstruction).mean(),
  }
  let loss = terms.reconstruction!
  if (logVariance !== undefined) {
    const divergence = sumOfRow(klGaussians(mean, logVariance, 0, 0, { reduction: 'none' }) as never)
    terms.kl = divergence.mean()
    loss = loss.add(terms.kl.mul(kl?.weight ?? 1))
  }
  if (regulariser === undefined) return { loss, terms, latents: z }
  const latents = normalisedLatents(z, regulariser.normalise)
  const each = regulariser.loss(latents, forRegulariser, (extra ?? {}) as never)
  terms.regulariser = each.mean()
  return { loss: loss.add(terms.regulariser.mul(regulariser.weight)), terms, latents }
}

/** The loss of each row, [n], of decoded pixels [n, ...X]: the sum over all of them. */
export function reconstructionLoss<N extends Dim, X extends Shape>(
  decoded: Tensor<[N, ...X]>,
  x: Tensor<[N, ...X]>,
  kind: Reconstruction = 'squared',
): Tensor<[N]> {
  const loss = kind === 'squared' ? mse : bce
  return sumOfRow(loss(decoded, x, { reduction: 'none' }) as never) as Tensor<[N]>
}

/** Draws from the Gaussian: mean + exp(logVariance / 2) noise, through which gradients go. */
export function reparameterised<S extends Shape>({ mean, logVariance }: Posterior<Tensor<S>>, key: Key): Tensor<S> {
  const noise = normal(key, mean.shape as never)
  return (mean as unknown as Batch).add((logVariance as unknown as Batch).mul(0.5).exp().mul(noise)) as never
}

const sumOfRow = (x: Batch): Tensor<[Dim]> => {
  const [n, ...row] = x.shape
  return (batch(x, n, [elements(row)]) as unknown as Tensor<['n', number]>).sum(1)
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
    readonly regulariser?: { readonly weight: number; readonly loss: unknown; readonly student?: Student<Specs> }
  },
  latentDim?: number,
): void {
  if (reconstruction !== 'squared' && reconstruction !== 'bernoulli')
    throw fail(`type error: ${of}: reconstruction is ${reconstruction}, needs 'squared' or 'bernoulli'`)
  if (kl !== undefined && !variational)
    throw fail(`type error: ${of}: kl is for a variational model; make it with { variational: true }`)
  const weights = { 'kl.weight': kl?.weight, latentNoise, 'regulariser.weight': regulariser?.weight }
  for (const [name, value] of Object.entries(weights)) if (value !== undefined) checkNotNegative(of, name, value)
  if (regulariser !== undefined && typeof regulariser.loss !== 'function')
    throw fail(`type error: ${of}: regulariser.loss is not a function of latents, a key and extra inputs`)
  const student = regulariser?.student
  if (student === undefined) return
  const { field, learningRate = 1e-3 } = student
  if (latentDim !== undefined && field.dimension !== latentDim)
    throw fail(
      `type error: ${of}: regulariser.student.field is of ${field.dimension} dims, needs ${latentDim}, those of a latent`,
    )
  checkPositive(of, 'regulariser.student.learningRate', learningRate)
}
