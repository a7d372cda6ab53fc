import { columnMoments } from '../metrics/columns.ts'
import { checkRows } from '../projections/features.ts'
import { unnormalised } from '../projections/normalisation.ts'
import { covarianceOf } from '../projections/principal.ts'
import { type IntrinsicDimension, type TwoNearestOptions, twoNearest } from './two-nearest.ts'

/** What is known of the distribution of rows before anything is trained on it. */
export interface RowStatistics {
  readonly rows: number
  readonly dimension: number
  /** [d]. */
  readonly mean: Float64Array
  /** [d], of the rows that there are. */
  readonly std: Float64Array
  /** E||y||^2, summed over dimensions. */
  readonly secondMoment: number
  /**
   * (sum of eigenvalues)^2 / sum of their squares, of the covariance: d where all directions vary alike, 1 where one
   * has it all. 0 where nothing varies.
   */
  readonly participationRatio: number
  /** Not where rows are fewer than three, or too few differ. */
  readonly intrinsicDimension: IntrinsicDimension | undefined
}

/**
 * Statistics of rows [n, d]: moments per dimension, in float64; the participation ratio of the covariance spectrum, as
 * tr(C)^2 / ||C||_F^2, which takes no eigenvalues; and the two-nearest-neighbours intrinsic dimension (Facco et al.
 * 2017), of as many rows as the options say.
 *
 * @throws RangeError where there are no rows, they are of another width, or a number is NaN or infinite.
 */
export function rowStatistics(data: Float32Array, dimension: number, options: TwoNearestOptions = {}): RowStatistics {
  const rows = checkRows('rowStatistics', data, dimension)
  if (rows === 0) throw new RangeError('rowStatistics: expected rows; there are none')
  const { mean, std } = columnMoments(data, dimension)
  const covariance = covarianceOf({ data, dimension }, unnormalised(dimension))
  const trace = std.reduce((sum, value) => sum + value * value, 0)
  const squares = covariance.reduce((sum, value) => sum + value * value, 0)
  return {
    rows,
    dimension,
    mean,
    std,
    secondMoment: mean.reduce((sum, value, i) => sum + value * value + std[i]! ** 2, 0),
    participationRatio: squares > 0 ? trace ** 2 / squares : 0,
    intrinsicDimension: twoNearest(data, dimension, options),
  }
}
