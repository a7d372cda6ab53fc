import { type Dim, foldIn, type Key, type Tensor } from '../../dsl/index.ts'
import { randomDirections, type Trace, velocityAndDivergence } from './divergence.ts'
import { linearPath, type Path } from './path.ts'
import { type DrawOptions, drawPathPoint, meansOfDraws, type PathPoint } from './path-point.ts'
import { type Times, uniformTimes } from './times.ts'
import { sumOfDims, type Velocity } from './velocity.ts'

export interface PrintedBoundOptions extends DrawOptions {
  /** 'exact' unless given; or Hutchinson's estimate along so many random directions, other ones for each draw. */
  readonly divergence?: 'exact' | { readonly probes: number }
  /** Where times are drawn; it changes the variance and not the mean. Uniform unless given. */
  readonly times?: Times
  /** The path that the velocity was trained on. Linear unless given. */
  readonly path?: Path
}

/** What the inequality of `printedBoundTerms` is made of, for each latent. */
export interface PrintedBoundTerms<N extends Dim> {
  /** C(y) = -E div v(x_t, t), in nats. */
  readonly constant: Tensor<[N]>
  /** L(y), the alignment loss with uniform weight, summed over dims. */
  readonly alignment: Tensor<[N]>
}

/**
 * Both terms of the inequality that is printed in the alignment paper, for latents y [n, d] under a prior's velocity:
 *   log p(y) >= C(y) - lambda L(y),  C(y) = -E_{t, x0} div v(x_t, t),  L(y) = E_{t, x0} ||v(x_t, t) - (y - x0)||^2.
 * It does not hold: for v(x, t) = -x in one dim, y = 0 and lambda = 1 the right side is 2/3 and log p is 0.081. The
 * exact velocity of N(0, s^2) needs lambda >= 1.17 / s at its mean, so that each lambda fails for some prior. These are
 * diagnostics, and no bound to train on: `printedBound` tells how often it fails. `negativeLogLikelihoodBound` is a
 * bound.
 *
 * Both are means over the same draws, and `alignment` is what `align` gives for the same key and options. An exact
 * divergence costs d products with the Jacobian a draw, a probe one.
 *
 * Li et al. 2025, arXiv 2506.05240.
 */
export function printedBoundTerms<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  {
    divergence = 'exact',
    draws = 1,
    times = uniformTimes,
    spread = 'lowDiscrepancy',
    path = linearPath,
  }: PrintedBoundOptions = {},
): PrintedBoundTerms<N> {
  const once = (key: Key) => {
    const point = drawPathPoint(y, key, times, spread, path)
    // The keys of 0 and 1 are those of the point.
    const trace = divergence === 'exact' ? 'exact' : randomDirections(foldIn(key, 2), y, divergence.probes)
    const { constant, alignment } = printedBoundTermsAt(v, point, trace)
    const density = times.density(point.t)
    return { constant: constant.div(density), alignment: alignment.div(density) }
  }
  return meansOfDraws('printedBoundTerms', once, key, draws)
}

/** What `printedBoundTerms` gives the means of, at these points on their paths: -div v(x, t) and ||v(x, t) - u||^2. */
export function printedBoundTermsAt<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  { x, t, u }: Pick<PathPoint<N, D>, 'x' | 't' | 'u'>,
  trace: Trace<N, D> = 'exact',
): PrintedBoundTerms<N> {
  const [velocity, divergence] = velocityAndDivergence(v, x, t, trace)
  return { constant: divergence.neg(), alignment: sumOfDims(velocity.sub(u).square()) }
}
