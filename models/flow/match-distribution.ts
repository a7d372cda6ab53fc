import { type Dim, type Key, stopGradient, type Tensor } from '../../dsl/index.ts'
import { empiricalVelocity } from '../targets/exact-velocity.ts'
import { linearPath } from './path.ts'
import { type DrawOptions, drawPathPoint, meanOfDraws } from './path-point.ts'
import { type Times, timesUntil, uniformTimes } from './times.ts'
import { sumOfDims, type Velocity } from './velocity.ts'

export interface MatchOptions<N extends Dim, D extends Dim> extends DrawOptions {
  /**
   * The velocity of the latents as they are now: 'batch' (the default), the exact one of the batch itself as a set of
   * points, each with the others and itself, for as many latents as one batch can stand for; or that of a student, a
   * field that is trained beside the encoder on its latents with `flowMatching`.
   */
  readonly latents?: 'batch' | Velocity<N, D>
  /**
   * The last time that is looked at: 0.9 unless given. Near t = 1 a set of points pulls each latent to itself alone.
   */
  readonly last?: number
  /** Where times are drawn, squeezed into (0, last). Uniform unless given. */
  readonly times?: Times
}

/**
 * What makes the distribution of latents y [n, d] that of the prior, for each latent, [n]: its gradient is the
 * difference of two velocities,
 *   v_q(x_t, t) - v_p(x_t, t),  x_t = (1 - t) x0 + t y,
 * that of the latents less that of the prior. As the score is (t v - x) / (1 - t), it is (1 - t) / t times the
 * difference of their scores, so that descending along it lessens a mean over t of the divergence KL(q_t || p_t), which
 * is least where the two distributions are the same; descending along `align` looks for high density alone, and
 * collapses. Its value is half the squared difference, which is 0 there and nowhere else.
 *
 * Yin et al. 2024, arXiv 2311.18828, for generators; DMVAE, arXiv 2512.07778, for encoders.
 */
export function matchDistribution<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  {
    latents = 'batch',
    last = 0.9,
    draws = 1,
    times = uniformTimes,
    spread = 'lowDiscrepancy',
  }: MatchOptions<N, D> = {},
): Tensor<[N]> {
  const now = stopGradient(y)
  const ofLatents: Velocity<N, D> = latents === 'batch' ? empiricalVelocity(now) : latents
  const until = timesUntil(last, times)
  const once = (key: Key): Tensor<[N, D]> => {
    const { x, t } = drawPathPoint(now, key, until, spread, linearPath)
    return ofLatents(x, t).sub(v(x, t))
  }
  const difference = stopGradient(meanOfDraws('matchDistribution', once, key, draws))
  // The gradient of ||y - to||^2 / 2 is y - to, the difference.
  const to = now.sub(difference)
  return sumOfDims(y.sub(to).square()).div(2)
}
