import { onEigenvalues, symmetricEigen } from '../projections/eigen.ts'
import { addProducts } from '../projections/products.ts'
import { type Points, pairOf, type Rows, rowsOf } from './points.ts'

/** A Gaussian in d dimensions. */
export interface Gaussian {
  /** [d]. */
  readonly mean: Float64Array
  /** [d, d] row-major, symmetric. */
  readonly covariance: Float64Array
}

/** The mean and the covariance (over n - 1) of n >= 2 points, [n, d]. */
export const fitGaussian = (points: Points): Gaussian => fit(rowsOf(points, 'fitGaussian', 'the points', 2))

/**
 * The squared Frechet distance between Gaussians fitted to two sets of features, [n, d] and [m, d], in the square of their units: what FID is of Inception
 * features. It is biased upwards, between n points each of N(0, I) by about d (d + 5) / (2 n): read it beside its noise floor. Time goes as d^3, half a
 * second at d = 256.
 *
 * Source: Dowson and Landau 1982; Heusel et al., "GANs trained by a two time-scale update rule", arXiv 1706.08500.
 */
export const frechetDistance = (x: Points, y: Points): number => {
  const [a, b] = pairOf(x, y, 'frechetDistance', undefined, 2)
  return frechetBetween(fit(a), fit(b))
}

/**
 * ||m_a - m_b||^2 + tr(A + B - 2 (A^(1/2) B A^(1/2))^(1/2)) of two Gaussians. In this form each root is of a symmetric matrix, where the root of A B is of
 * one that is not, and fails when it is singular.
 */
export const frechetBetween = (a: Gaussian, b: Gaussian): number => {
  const d = a.mean.length
  if (b.mean.length !== d || a.covariance.length !== d * d || b.covariance.length !== d * d) {
    throw new Error(
      `frechetBetween: expected means [d] and covariances [d, d] of one d; got ${[a, b].map(({ mean, covariance }) => `${mean.length} and ${covariance.length}`).join(', ')} numbers`,
    )
  }
  let distance = a.mean.reduce((sum, mean, i) => sum + (mean - b.mean[i]!) ** 2, 0)
  for (let i = 0; i < d; i += 1) distance += a.covariance[i * d + i]! + b.covariance[i * d + i]!
  const root = squareRoot(a.covariance, d)
  const { values } = symmetricEigen(symmetric(product(product(root, b.covariance, d), root, d), d), d)
  for (const value of values) distance -= 2 * Math.sqrt(Math.max(0, value))
  return distance
}

const fit = ({ data, n, d }: Rows): Gaussian => {
  const mean = new Float64Array(d)
  for (let i = 0; i < n * d; i += 1) mean[i % d]! += data[i]! / n
  const covariance = new Float64Array(d * d)
  const centred = new Float64Array(d)
  for (let row = 0; row < n; row += 1) {
    for (let i = 0; i < d; i += 1) centred[i] = data[row * d + i]! - mean[i]!
    for (let i = 0; i < d; i += 1) {
      const factor = centred[i]! / (n - 1)
      for (let j = 0; j <= i; j += 1) covariance[i * d + j]! += factor * centred[j]!
    }
  }
  for (let i = 0; i < d; i += 1) for (let j = 0; j < i; j += 1) covariance[j * d + i] = covariance[i * d + j]!
  return { mean, covariance }
}

/** The symmetric square root of a covariance, [d, d] row-major. Values that rounding made negative count as 0. */
export const squareRoot = (matrix: Float64Array, d: number): Float64Array =>
  onEigenvalues(matrix, d, (value) => Math.sqrt(Math.max(0, value)))

/** A B of [d, d] each, where B is symmetric. */
const product = (a: Float64Array, b: Float64Array, d: number): Float64Array => {
  const result = new Float64Array(d * d)
  addProducts(a, d, b, d, d, result)
  return result
}

/** What rounding took from the symmetry of a product. */
const symmetric = (matrix: Float64Array, d: number): Float64Array =>
  matrix.map((value, i) => (value + matrix[(i % d) * d + Math.floor(i / d)]!) / 2)
