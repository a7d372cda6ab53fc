import type { Estimate } from './quadrature.ts'
import type { Target } from './target.ts'

/** N(m, diag(s_i^2)), of which all is known in closed form, in any number of dimensions. */
export interface DiagonalGaussian extends Target {
  readonly mean: readonly number[]
  readonly stds: readonly number[]
  logDensity(y: ArrayLike<number>): number
  entropy(): Estimate
  /** (pi / 2) sum_i s_i. */
  bayesFloor(): Estimate
  /**
   * L_align(y) = (pi / 4) sum_i (s_i + delta_i^2 / s_i), delta = y - m: thin directions count as 1 / s, where they
   * count as 1 / s^2 in -log p.
   */
  alignmentLoss(y: ArrayLike<number>): number
  /**
   * C = -int_0^1 div v dt = -sum_i log s_i, the constant of the bound in arXiv 2506.05240; the divergence is the same
   * at every x.
   */
  readonly meanContraction: number
}

/**
 * A Gaussian with axis-aligned covariance: `mean` [d], `stds` [d], positive.
 *
 * In each dimension x_t and u = y - x0 are jointly Gaussian with variance D = (1 - t)^2 + t^2 s^2 of x_t, so that v = m
 * + kappa (x - t m) and div v = sum kappa, kappa = (t s^2 - (1 - t)) / D = (d / dt) log sqrt(D), whose integral over t
 * is log s. Given y, v - u = [ (1 - t) (m - y) + t s^2 x0 ] / D, and int_0^1 (1 - t)^2 / D^2 dt = pi / (4 s), int_0^1
 * t^2 s^4 / D^2 dt = (pi / 4) s give L_align (both by tan(a) = t s / (1 - t)).
 */
export const diagonalGaussian = (mean: readonly number[], stds: readonly number[]): DiagonalGaussian => {
  const d = mean.length
  if (d === 0) throw new Error('diagonalGaussian: expected at least one dimension; give [0], [1] for N(0, 1)')
  if (stds.length !== d) {
    throw new Error(
      `diagonalGaussian: expected a standard deviation for each dimension of the mean; got ${stds.length} for ${d}`,
    )
  }
  if (!stds.every((s) => s > 0 && Number.isFinite(s)))
    throw new Error(`diagonalGaussian: expected positive standard deviations; got [${stds.join(', ')}]`)

  const sum = (term: (s: number, i: number) => number): number => stds.reduce((total, s, i) => total + term(s, i), 0)
  const kappa = (s: number, t: number): number => (t * s * s - (1 - t)) / ((1 - t) ** 2 + (t * s) ** 2)
  const exactly = (value: number): Estimate => ({ value, error: 0 })
  const logVolume = sum((s) => Math.log(s))
  return {
    name: `diagonal Gaussian in ${d}-D`,
    dimension: d,
    mean,
    stds,
    sample: (random, n) => {
      const samples = new Float32Array(n * d)
      for (let j = 0; j < samples.length; j += 1) samples[j] = mean[j % d]! + stds[j % d]! * random.normal()
      return samples
    },
    velocity: (x, t) => Float64Array.from(mean, (m, i) => m + kappa(stds[i]!, t) * (x[i]! - t * m)),
    divergence: (_, t) => sum((s) => kappa(s, t)),
    logDensity: (y) => -sum((s, i) => ((y[i]! - mean[i]!) / s) ** 2) / 2 - logVolume - (d / 2) * Math.log(2 * Math.PI),
    entropy: () => exactly((d / 2) * Math.log(2 * Math.PI * Math.E) + logVolume),
    bayesFloor: () => exactly((Math.PI / 2) * sum((s) => s)),
    alignmentLoss: (y) => (Math.PI / 4) * sum((s, i) => s + (y[i]! - mean[i]!) ** 2 / s),
    meanContraction: -logVolume,
  }
}
