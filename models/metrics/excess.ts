import { componentAt, dimension, type Mixture, marginal, velocities } from '../targets/mixture.ts'
import { boxMuller, hostRandom } from '../targets/random.ts'
import { meanOf } from './summary.ts'

/**
 * Where a velocity is compared with the exact one: x_t ~ p_t with t ~ U(0, 1), in `replicates` blocks of equally many
 * rows.
 */
export interface FlowPoints {
  /** [n, d] row-major. */
  readonly x: Float64Array
  /** [n], inside (0, 1). */
  readonly t: Float64Array
  readonly replicates: number
}

export interface FlowPointsOptions {
  /** n; rounded up to a multiple of `replicates`. Default 16384. */
  readonly points?: number
  /** Independent blocks, from whose means the standard error is taken. Default 16. */
  readonly replicates?: number
  /** Default 0. */
  readonly seed?: number
}

export interface Measured {
  readonly value: number
  readonly standardError: number
}

/** n points in time and space at once, in; velocities of them, [n, d], out. */
export type VelocityAt = (x: Float64Array, t: Float64Array) => ArrayLike<number>

/**
 * How far the flow-matching loss of a velocity lies above the Bayes floor of the target: E ||v(x_t, t) - v*(x_t, t)||^2
 * over t ~ U(0, 1) and x_t ~ p_t, summed over dimensions.
 *
 * With u = y - x0 and v* = E[u | x_t]: E||v - u||^2 = E||v - v*||^2 + 2 E<v - v*, v* - u> + E||v* - u||^2. Given x_t, v
 * - v* is fixed and E[v* - u | x_t] = 0, so the middle term is 0, and the last is the floor. Measured so, it has none
 * of the noise of the loss itself, which is of the size of the floor.
 *
 * `velocityAt` is called once, with all points.
 */
export const excessOverFloor = (velocityAt: VelocityAt, target: Mixture, options: FlowPointsOptions = {}): Measured => {
  const points = flowPoints(target, options)
  return excessAt(points, velocityAt(points.x, points.t), target)
}

/**
 * A low-discrepancy sample of (t, x_t): each block holds the multiples, modulo 1, of the square roots of primes
 * (Richtmyer 1951), shifted by a uniform vector of its own (Cranley and Patterson 1976), so that the blocks are
 * independent and each is unbiased.
 */
export const flowPoints = (
  target: Mixture,
  { points = 16384, replicates = 16, seed = 0 }: FlowPointsOptions = {},
): FlowPoints => {
  if (!(Number.isInteger(replicates) && replicates >= 2)) {
    throw new Error(`flowPoints: expected at least 2 replicates, to tell the standard error from; got ${replicates}`)
  }
  const d = dimension(target)
  const pairs = Math.ceil(d / 2)
  const rows = Math.ceil(points / replicates)
  const steps = richtmyerSteps(2 + 2 * pairs)
  const random = hostRandom(seed)
  const x = new Float64Array(rows * replicates * d)
  const t = new Float64Array(rows * replicates)
  for (let block = 0; block < replicates; block += 1) {
    const shift = steps.map(() => random.uniform())
    for (let row = block * rows; row < (block + 1) * rows; row += 1) {
      // Away from 0, whose logarithm boxMuller takes.
      const u = steps.map((step, axis) => Math.max((shift[axis]! + (row - block * rows) * step) % 1, 2 ** -53))
      const now = marginal(target, u[0]!)
      const mean = now.means[componentAt(now.weights, u[1]!)]!
      for (let pair = 0; pair < pairs; pair += 1) {
        for (const [half, z] of boxMuller(u[2 + 2 * pair]!, u[3 + 2 * pair]!).entries()) {
          const axis = 2 * pair + half
          if (axis < d) x[row * d + axis] = mean[axis]! + now.std * z
        }
      }
      t[row] = u[0]!
    }
  }
  return { x, t, replicates }
}

/** The excess over the floor from the velocities `v`, [n, d], that were found at `points`. */
export const excessAt = (points: FlowPoints, v: ArrayLike<number>, target: Mixture): Measured => {
  const exact = velocities(target, points.x, points.t)
  if (v.length !== exact.length) {
    throw new Error(
      `excessAt: expected ${exact.length} numbers, one velocity for each of ${points.t.length} points; got ${v.length}`,
    )
  }
  const block = exact.length / points.replicates
  const means = Array.from({ length: points.replicates }, () => 0)
  for (let i = 0; i < exact.length; i += 1) {
    const square = (v[i]! - exact[i]!) ** 2
    if (!Number.isFinite(square)) {
      const n = Math.floor((i * points.t.length) / exact.length)
      throw new Error(
        `excessAt: the velocity at point ${n} (t = ${points.t[n]}) is ${v[i]}; a velocity must be finite everywhere`,
      )
    }
    means[Math.floor(i / block)]! += (square * points.replicates) / points.t.length
  }
  return meanOf(means)
}

/** The square roots of the first n primes, modulo 1: independent over the rationals. */
const richtmyerSteps = (n: number): readonly number[] => {
  const primes: number[] = []
  for (let i = 2; primes.length < n; i += 1) if (primes.every((prime) => i % prime !== 0)) primes.push(i)
  return primes.map((prime) => Math.sqrt(prime) % 1)
}
