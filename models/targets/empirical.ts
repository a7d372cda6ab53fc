import { divergence, type Mixture, velocity } from './mixture.ts'
import type { Target } from './target.ts'

/**
 * Points, equally likely, as a target: `points` is [n][d], n >= 1. It has no density, and so neither a density's
 * entropy nor a velocity at t = 1.
 *
 * Its velocity is that of the mixture with standard deviation 0: D = (1 - t)^2, kappa = -1 / (1 - t), so that v = (mu -
 * x) / (1 - t) with mu the mean of the points under softmax_k(-||x - t m_k||^2 / 2 D). As t tends to 1 it points at the
 * nearest one, ever faster.
 */
export const empirical = (points: readonly ArrayLike<number>[]): Target => {
  const d = points[0]?.length ?? 0
  if (d === 0)
    throw new Error('empirical: expected at least one point of at least one number; got none: give [[0, 0]] for one')
  for (const [n, point] of points.entries()) {
    if (point.length !== d) {
      throw new Error(
        `empirical: expected points of one length; point 0 has ${d} numbers and point ${n} has ${point.length}`,
      )
    }
    const odd = Array.from(point).findIndex((value) => !Number.isFinite(value))
    if (odd >= 0) throw new Error(`empirical: expected finite numbers; point ${n} has ${point[odd]} at ${odd}`)
  }
  const mixture: Mixture = {
    weights: points.map(() => 1 / points.length),
    means: points.map((point) => Array.from(point)),
    std: 0,
  }
  return {
    name: `${points.length} points in ${d}-D`,
    dimension: d,
    sample: (random, n) => {
      const samples = new Float32Array(n * d)
      for (let row = 0; row < n; row += 1)
        samples.set(mixture.means[Math.floor(random.uniform() * points.length)]!, row * d)
      return samples
    },
    velocity: (x, t) => velocity(mixture, x, before(t)),
    divergence: (x, t) => divergence(mixture, x, before(t)),
  }
}

/** t, where the noise still has a width. */
const before = (t: number): number => {
  if (t >= 0 && t < 1) return t
  throw new Error(
    `empirical: expected a time from 0 up to but not 1; got ${t}: the velocity of points grows as 1 / (1 - t), so stop before, or give them a width with gaussianMixture(points, std)`,
  )
}
