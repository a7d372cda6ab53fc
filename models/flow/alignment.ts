import { type Dim, full, type Key, stopGradient, type Tensor } from '../../dsl/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { ofTokens } from '../untyped.ts'
import { negativeLogLikelihoodBound } from './likelihood-bound.ts'
import { linearPath, type Path } from './path.ts'
import { type DrawOptions, drawPathPoint, meanOfDraws, pathPoint } from './path-point.ts'
import { type Times, uniformTimes } from './times.ts'
import { dimensionOf, sumOfDims, type Velocity } from './velocity.ts'

/** How much the squared error counts at each time, against uniform times. */
export type TimeWeight =
  /** 1: the loss of the paper. A mixture of likelihoods of noised data, in which thin directions count too little. */
  | 'uniform'
  /**
   * The exact one: the loss is then `negativeLogLikelihoodBound`, in nats, with a decoder in place of the times next to
   * 1, where the weight is infinite.
   */
  | 'likelihood'
  /** t / (1 - t), that of the likelihood, but not more than this. */
  | { readonly clip: number }
  | (<N extends Dim>(t: Tensor<[N]>) => Tensor<[N]>)

export interface AlignOptions extends DrawOptions {
  /** 'uniform' unless given. */
  readonly weight?: TimeWeight
  /**
   * Whether squared errors are summed over the dims, as everywhere here, or averaged, as in the paper's code: 'sum'
   * unless given.
   */
  readonly reduction?: 'sum' | 'mean'
  /**
   * Whether the gradient goes through where the velocity is asked for, too, or only through what it is compared with:
   * 'full' unless given, as in the paper.
   */
  readonly gradient?: 'full' | 'target-only'
  /**
   * Where times are drawn; what they are drawn from changes the variance of the loss, and not its mean. Uniform unless
   * given; for the weight 'likelihood', those of the bound.
   */
  readonly times?: Times
  /** The path that the velocity was trained on. Linear unless given. */
  readonly path?: Path
}

/**
 * The alignment loss of latents y [n, d] under a prior's velocity, for each latent, [n]:
 *   L(y) = E_{t, x0} w(t) ||v(x_t, t) - (y - x0)||^2,  x_t = (1 - t) x0 + t y.
 * It is small where the flow of the prior leads, and not 0 on data: there its mean is the Bayes floor. Take the mean
 * over the batch, times a weight, beside a model's own loss. Minimised alone it looks for high density and collapses:
 * see `matchDistribution`.
 *
 * Li et al. 2025, "Aligning Latent Spaces with Flow Priors", arXiv 2506.05240.
 */
export function align<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  {
    weight = 'uniform',
    reduction = 'sum',
    gradient = 'full',
    draws = 1,
    times,
    spread = 'lowDiscrepancy',
    path = linearPath,
  }: AlignOptions = {},
): Tensor<[N]> {
  if (weight === 'likelihood') {
    if (path !== linearPath) throw fail("type error: align: the weight 'likelihood' is that of the linear path")
    const bound = negativeLogLikelihoodBound(v, y, key, {
      draws,
      gradient,
      ...(times && { times }),
      spread,
    })
    return reduction === 'sum' ? bound : bound.div(dimensionOf(y))
  }
  const drawn = times ?? uniformTimes
  const once = (key: Key): Tensor<[N]> => {
    const { t, x0 } = drawPathPoint(y, key, drawn, spread, path)
    return alignAt(v, y, x0, t, { weight, reduction, gradient, path }).div(drawn.density(t))
  }
  return meanOfDraws('align', once, key, draws)
}

/** What `align` is the mean of, for this noise x0 [n, d] and these times t [n], [n]: w(t) ||v(x_t, t) - u||^2. */
export function alignAt<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  x0: Tensor<[N, D]>,
  t: Tensor<[N]>,
  {
    weight = 'uniform',
    reduction = 'sum',
    gradient = 'full',
    path = linearPath,
  }: Pick<AlignOptions, 'reduction' | 'gradient' | 'path'> & {
    readonly weight?: Exclude<TimeWeight, 'likelihood'>
  } = {},
): Tensor<[N]> {
  const { x, u } = pathPoint(y, x0, t, path)
  const asked = gradient === 'full' ? x : stopGradient(x)
  const weighed = sumOfDims(v(asked, t).sub(u).square()).mul(weightAt(weight, t))
  return reduction === 'sum' ? weighed : weighed.div(dimensionOf(y))
}

/**
 * The same for latents that are several vectors each, [n, tokens, d], under a prior of one vector: the sum over the
 * tokens, with noise and times of their own; with reduction 'mean' their mean.
 */
export function alignTokens<N extends Dim, K extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, K, D]>,
  key: Key,
  options: AlignOptions = {},
): Tensor<[N]> {
  const each = ofTokens((y: Tensor<[N, D]>, key) => align(v, y, key, options), y, key)
  return options.reduction === 'mean' ? each.mean(0) : each.sum(0)
}

function weightAt<N extends Dim>(weight: Exclude<TimeWeight, 'likelihood'>, t: Tensor<[N]>): Tensor<[N]> {
  if (weight === 'uniform') return full(t.shape, 1)
  if (typeof weight === 'function') return weight(t)
  if (!(typeof weight === 'object' && weight.clip > 0))
    throw fail(
      `type error: align: the weight is not 'uniform', 'likelihood', { clip: a number above 0 } or a function of times`,
    )
  // t / (1 - t), without a division by 0 at t = 1.
  const least = 1 / (1 + weight.clip)
  return t.div(t.neg().add(1).maximum(least)).minimum(weight.clip)
}
