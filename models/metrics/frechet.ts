import { symmetricEigen } from '../projections/eigen.ts'
import { unnormalised } from '../projections/normalisation.ts'
import { covarianceOf } from '../projections/principal.ts'
import { addProducts } from '../projections/products.ts'
import { singularValues } from '../projections/singular-values.ts'
import { columnMoments } from './columns.ts'
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
 * The squared Frechet distance between Gaussians fitted to two sets of features, [n, d] and [m, d], in the square of
 * their units: what FID is of Inception features. It is biased upwards, between n points each of N(0, I) by about d (d
 * + 5) / (2 n): read it beside its noise floor. Time goes as d^3, half a second at d = 256.
 *
 * Source: Dowson and Landau 1982; Heusel et al., "GANs trained by a two time-scale update rule", arXiv 1706.08500.
 */
export const frechetDistance = (x: Points, y: Points): number => {
  const [a, b] = pairOf(x, y, 'frechetDistance', undefined, 2)
  return frechetBetween(fit(a), fit(b))
}

/**
 * ||m_a - m_b||^2 + tr A + tr B - 2 ||A^(1/2) B^(1/2)||_* of two Gaussians. That norm is the sum of the singular
 * values. They are the roots of the eigenvalues of A^(1/2) B A^(1/2), and of A B; but what rounding does to an
 * eigenvalue its root makes much more of where it is nearly 0, and A B is not symmetric.
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
  // In the bases of both factors the product of the roots is D_a^(1/2) (V_a^T V_b) D_b^(1/2).
  const between = new Float64Array(d * d)
  addProducts(halves(a.covariance, d), d, halves(b.covariance, d), d, d, between)
  return singularValues(between, d, d).reduce((left, value) => left - 2 * value, distance)
}

/**
 * The eigenvectors of a covariance, in rows, each times the root of its eigenvalue. Values that rounding made negative
 * count as 0.
 */
const halves = (covariance: Float64Array, d: number): Float64Array => {
  const { values, vectors } = symmetricEigen(covariance, d)
  return vectors.map((value, at) => value * Math.sqrt(Math.max(0, values[Math.floor(at / d)]!)))
}

const fit = ({ data, n, d }: Rows): Gaussian => {
  const { mean } = columnMoments(data, d)
  // Over n, of which that over n - 1 is a multiple.
  const covariance = covarianceOf({ data, dimension: d }, unnormalised(d)).map((value) => (value * n) / (n - 1))
  return { mean, covariance }
}
