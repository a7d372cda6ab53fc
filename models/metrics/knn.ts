import type { Measured } from './excess.ts'
import { checkedNeighbours, kthSquares } from './neighbours.ts'
import { type Points, pairOf, rowsOf } from './points.ts'
import { meanOf } from './summary.ts'

export interface NeighbourOptions {
  /** Which neighbour: the k-th nearest. Default 5. */
  readonly k?: number
}

/** A mean over points, with the k that it was measured with. */
export interface KnnMeasured extends Measured {
  readonly k: number
}

/**
 * The mean over `points`, [n, d], of the log of the distance to the k-th nearest of `reference`, [m, d]. -d times it is
 * the mean of log p, up to a constant of k, m and d, where p is the density of the reference: points that lie closer
 * than the reference's own are where it is most dense, and have collapsed.
 *
 * The standard error is of the points, for a reference that is given. Where a point is equal to k of the reference the
 * value is -Infinity, and the error NaN.
 */
export const knnLogDistance = (points: Points, reference: Points, { k = 5 }: NeighbourOptions = {}): KnnMeasured => {
  const [a, b] = pairOf(points, reference, 'knnLogDistance', ['the points', 'the reference'])
  checkedNeighbours(k, b.n, 'knnLogDistance', 'the reference')
  return { ...meanOf(kthSquares(a, b, k).map(logRoot)), k }
}

/** The same of the points of one set among each other: of each to its k-th nearest of the other n - 1. */
export const knnLogDistanceWithin = (points: Points, { k = 5 }: NeighbourOptions = {}): KnnMeasured => {
  const rows = rowsOf(points, 'knnLogDistanceWithin', 'the points', 2)
  checkedNeighbours(k, rows.n - 1, 'knnLogDistanceWithin', 'the other points')
  return { ...meanOf(kthSquares(rows, rows, k, true).map(logRoot)), k }
}

/**
 * The differential entropy in nats of the distribution that `points`, [n, d], are a sample of:
 *   psi(n) - psi(k) + log V_d + (d / n) sum_i log e_i,
 * e_i the distance from point i to its k-th nearest neighbour, V_d the volume of the unit ball, psi the digamma
 * function. -Infinity where more than k points are equal. Its bias falls with n, slower in more dimensions; the
 * standard error takes the terms for independent ones, which they are not quite.
 *
 * Source: Kozachenko and Leonenko 1987 for k = 1; for any k Kraskov, Stoegbauer and Grassberger, "Estimating mutual
 * information", 2004, equation 20.
 */
export const knnEntropy = (points: Points, options: NeighbourOptions = {}): KnnMeasured => {
  const d = points.dimension
  const { value, standardError, k } = knnLogDistanceWithin(points, options)
  const constant = digamma(points.data.length / d) - digamma(k) + logBallVolume(d)
  return { value: constant + d * value, standardError: d * standardError, k }
}

const logRoot = (square: number): number => Math.log(square) / 2

/** psi(n) of a positive whole number: the harmonic number of n - 1 less Euler's constant. */
export const digamma = (n: number): number => {
  let sum = -0.5772156649015329
  for (let i = n - 1; i >= 1; i -= 1) sum += 1 / i
  return sum
}

/** log(pi^(d/2) / Gamma(d/2 + 1)), from V_0 = 1, V_1 = 2 and V_d = V_(d-2) 2 pi / d. */
export const logBallVolume = (d: number): number => {
  let log = d % 2 === 0 ? 0 : Math.log(2)
  for (let i = d % 2 === 0 ? 2 : 3; i <= d; i += 2) log += Math.log((2 * Math.PI) / i)
  return log
}
