import { dimension, type Mixture } from '../targets/mixture.ts'
import { type Points, type Rows, rowsOf } from './points.ts'

export interface ModesOptions {
  /**
   * 'likely', the default: the mode that the point most probably came from, log w_k - ||x - m_k||^2 / (2 s^2) being
   * greatest. 'nearest': that with the nearest mean, which is the same where all are equally likely.
   */
  readonly assign?: 'likely' | 'nearest'
  /**
   * The distance from the mean of its mode, in true standard deviations s, beyond which a point is an outlier. Default
   * `outlierRadius(d)`, beyond which one sample of the target in 10,000 lies.
   */
  readonly radius?: number
}

/**
 * Points by the modes of their target. What is said of modes is of the points that are no outliers: these belong to
 * none.
 */
export interface Modes {
  /** [n]: the mode that each point is assigned to; -1 of an outlier. */
  readonly assignment: Int32Array
  /** [modes]: how many points each has. */
  readonly counts: readonly number[]
  /** How many modes have a point. */
  readonly hit: number
  /**
   * exp of the entropy of the shares of the modes: K when K have equally many points; 0 when all points are outliers.
   */
  readonly effectiveModes: number
  /**
   * The std of the points around the mean of those of their mode, over the true s; pooled over modes and dimensions,
   * with n_k - 1 for each mode. 1 for samples of modes that do not touch, less where modes overlap (the tails are
   * assigned to others); NaN when no mode has two points.
   */
  readonly stdRatio: number
  /** The share of points that are outliers. */
  readonly outliers: number
}

/** The points, [n, d], by the modes of a mixture of Gaussians in d dimensions. O(n modes). */
export const modesOf = (
  points: Points,
  target: Mixture,
  { assign = 'likely', radius = outlierRadius(dimension(target)) }: ModesOptions = {},
): Modes => {
  const rows = rowsOf(points, 'modesOf', 'the points')
  if (rows.d !== dimension(target)) {
    throw new Error(
      `modesOf: expected points of ${dimension(target)} dimensions, as the target has; got ${rows.d}: compare points of the same space`,
    )
  }
  if (!(radius > 0)) throw new Error(`modesOf: expected a positive radius, in standard deviations; got ${radius}`)
  const assignment = assigned(rows, target, assign, radius)
  const counts = target.means.map(() => 0)
  for (const mode of assignment) if (mode >= 0) counts[mode]! += 1
  return {
    assignment,
    counts,
    hit: counts.filter((count) => count > 0).length,
    effectiveModes: effectiveModes(counts),
    stdRatio: pooledStd(rows, assignment, counts) / target.std,
    outliers: assignment.filter((mode) => mode < 0).length / rows.n,
  }
}

/** exp of the entropy of counts: 1 when one has all, K when K have equally many; 0 when nothing was counted. */
export const effectiveModes = (counts: readonly number[]): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return total === 0 ? 0 : Math.exp(entropyOf(counts.map((count) => count / total)))
}

/** - sum_k p_k log p_k, in nats. */
export const entropyOf = (shares: readonly number[]): number =>
  shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0)

/**
 * The radius of the ball around the origin that N(0, I_d) leaves with probability 1e-4: the cube root of a chi-square
 * variable over d is nearly normal, with mean 1 - 2 / (9 d) and variance 2 / (9 d) (Wilson and Hilferty 1931); 3.719 is
 * the normal quantile.
 */
export const outlierRadius = (d: number): number => {
  const variance = 2 / (9 * d)
  return Math.sqrt(d * (1 - variance + 3.719 * Math.sqrt(variance)) ** 3)
}

const assigned = ({ data, n, d }: Rows, target: Mixture, assign: 'likely' | 'nearest', radius: number): Int32Array => {
  const { means, weights, std } = target
  const assignment = new Int32Array(n)
  for (let i = 0; i < n; i += 1) {
    let [best, bestScore, bestSquare] = [-1, Number.POSITIVE_INFINITY, 0]
    for (let k = 0; k < means.length; k += 1) {
      const mean = means[k]!
      let square = 0
      for (let axis = 0; axis < d; axis += 1) square += (data[i * d + axis]! - mean[axis]!) ** 2
      const score = square - (assign === 'likely' ? 2 * std * std * Math.log(weights[k]!) : 0)
      if (score < bestScore) [best, bestScore, bestSquare] = [k, score, square]
    }
    assignment[i] = bestSquare > (radius * std) ** 2 ? -1 : best
  }
  return assignment
}

const pooledStd = ({ data, n, d }: Rows, assignment: Int32Array, counts: readonly number[]): number => {
  const means = new Float64Array(counts.length * d)
  for (let i = 0; i < n; i += 1) {
    const mode = assignment[i]!
    if (mode < 0) continue
    for (let axis = 0; axis < d; axis += 1) means[mode * d + axis]! += data[i * d + axis]! / counts[mode]!
  }
  let squares = 0
  for (let i = 0; i < n; i += 1) {
    const mode = assignment[i]!
    if (mode < 0) continue
    for (let axis = 0; axis < d; axis += 1) squares += (data[i * d + axis]! - means[mode * d + axis]!) ** 2
  }
  const freedom = counts.reduce((sum, count) => sum + d * Math.max(0, count - 1), 0)
  return Math.sqrt(squares / freedom)
}
