import { spreadRows } from './features.ts'
import { unnormalised } from './normalisation.ts'
import { covarianceOf } from './principal.ts'

/** Beside the mean of the variances; far above the rounding of rows of f32. */
const leastVariance = 1e-12

/**
 * In how many directions rows vary: the rank of their covariance. About n D^2 / 2 + D^3 / 3 products, of few rows n
 * where these tell already.
 */
export function rankOfRows(data: Float32Array, dimension: number): number {
  // What is seen of some rows is there in all, and what is not may be.
  const some = spreadRows(data, dimension, Math.max(1024, 2 * dimension))
  const rank = rankOfCovariance(some, dimension)
  return rank === dimension || some.length === data.length ? rank : rankOfCovariance(data, dimension)
}

/** By Cholesky's decomposition with the greatest of what is left as the next pivot (Golub and Van Loan 2013, 4.2.8). */
function rankOfCovariance(data: Float32Array, n: number): number {
  const left = covarianceOf({ data, dimension: n }, unnormalised(n))
  const diagonal = (i: number) => left[i * n + i]!
  let total = 0
  for (let i = 0; i < n; i += 1) total += diagonal(i)
  const open = Array.from({ length: n }, (_, i) => i)
  for (let rank = 0; rank < n; rank += 1) {
    const pivot = open.reduce((most, i) => (diagonal(i) > diagonal(most) ? i : most))
    if (!(diagonal(pivot) > (leastVariance * total) / n)) return rank
    open.splice(open.indexOf(pivot), 1)
    const row = left.slice(pivot * n, (pivot + 1) * n)
    for (const i of open) {
      const factor = row[i]! / row[pivot]!
      for (const j of open) left[i * n + j]! -= factor * row[j]!
    }
  }
  return n
}
