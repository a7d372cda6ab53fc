import { symmetricEigen } from '../projections/eigen.ts'
import { addProducts, transposed } from '../projections/products.ts'
import { fitGaussian, frechetBetween, type Gaussian } from './frechet.ts'
import { type Points, pairOf, type Rows } from './points.ts'
import { moments } from './summary.ts'

/** A Frechet distance, and how far another pair of samples of the same sizes would be from it. */
export interface FrechetEstimate {
  readonly value: number
  /**
   * Of the value, by the points drawn of both sets. It says nothing of the bias, which both have; where the
   * distributions are nearly the same the noise floor is larger, and is what counts.
   */
  readonly standardError: number
}

/**
 * `frechetDistance` with its standard error, by the delta method: to first order a point x of the first set, of n,
 * moves the distance by (2 (m_a - m_b) . (x - m_a) + (x - m_a)^T (I - T) (x - m_a)) / n less its mean, where T maps one
 * Gaussian to the other, T = A^(-1/2) (A^(1/2) B A^(1/2))^(1/2) A^(-1/2), and a point of the second likewise. Features
 * need not be normal.
 *
 * Source: the derivative of the Bures-Wasserstein distance (Bhatia, Jain and Lim 2019, "On the Bures-Wasserstein
 * distance between positive definite matrices"); of its limit law, Rippl, Munk and Sturm 2016.
 */
export function frechetEstimate(x: Points, y: Points): FrechetEstimate {
  const pair = pairOf(x, y, 'frechetEstimate', undefined, 2)
  const [a, b] = pair.map(({ data, d }) => fitGaussian({ data, dimension: d })) as [Gaussian, Gaussian]
  const variance = varianceOf(pair[0], a, b) / pair[0].n + varianceOf(pair[1], b, a) / pair[1].n
  return { value: frechetBetween(a, b), standardError: Math.sqrt(variance) }
}

/** The variance over the points of a set, n times how much each of them moves the distance. */
function varianceOf({ data, n, d }: Rows, a: Gaussian, b: Gaussian): number {
  const { values, vectors } = symmetricEigen(a.covariance, d)
  // Along what is nothing but rounding there are no points.
  const least = values[0]! * d * 2 ** -50
  const root = values.map((value) => (value > least ? Math.sqrt(value) : 0))
  // In the basis of A's eigenvectors: (A^(1/2) B A^(1/2))^(1/2), where A^(1/2) is diagonal.
  const half = product(vectors, b.covariance, d)
  const between = product(half, vectors, d).map((value, at) => root[Math.floor(at / d)]! * value * root[at % d]!)
  const middle = rootOf(between, d)
  const difference = a.mean.map((mean, i) => mean - b.mean[i]!)
  const [centred, scaled] = [new Float64Array(d), new Float64Array(d)]
  const moves = new Float64Array(n)
  for (let row = 0; row < n; row += 1) {
    let move = 0
    for (let i = 0; i < d; i += 1) {
      centred[i] = data[row * d + i]! - a.mean[i]!
      move += centred[i]! * (2 * difference[i]! + centred[i]!)
    }
    for (let i = 0; i < d; i += 1) {
      let along = 0
      for (let j = 0; j < d; j += 1) along += vectors[i * d + j]! * centred[j]!
      scaled[i] = root[i]! > 0 ? along / root[i]! : 0
    }
    for (let i = 0; i < d; i += 1) {
      let sum = 0
      for (let j = 0; j < d; j += 1) sum += middle[i * d + j]! * scaled[j]!
      move -= scaled[i]! * sum
    }
    moves[row] = move
  }
  return moments(moves).std ** 2
}

/** a [d, d] times the transpose of b [d, d]. */
function product(a: Float64Array, b: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d)
  addProducts(a, d, b, d, d, out)
  return out
}

/** The root of a symmetric matrix that has no negative eigenvalues but by rounding. */
function rootOf(matrix: Float64Array, d: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, d)
  const fourth = vectors.map((value, at) => value * Math.max(0, values[Math.floor(at / d)]!) ** (1 / 4))
  const columns = transposed(fourth, d, d)
  return product(columns, columns, d)
}
