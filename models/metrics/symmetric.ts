export interface Eigen {
  /** [d], in no order. */
  readonly values: Float64Array
  /** [d, d] row-major: column k is the vector of value k, of length 1. */
  readonly vectors: Float64Array
}

/**
 * The eigenvalues and vectors of a symmetric matrix, [d, d] row-major: Jacobi's rotations, of which each makes one pair of elements 0, in sweeps over all
 * pairs until what is off the diagonal is nothing against the whole. About 8 sweeps of 6 d^3 operations.
 *
 * Source: Golub and Van Loan, "Matrix computations", 8.5.
 */
export const eigenOf = (matrix: Float64Array, d: number): Eigen => {
  const a = matrix.slice()
  const vectors = Float64Array.from({ length: d * d }, (_, i) => Number(i % (d + 1) === 0))
  for (let sweep = 0; sweep < 60 && offDiagonal(a, d) > 1e-30 * sumOfSquares(a); sweep += 1) {
    for (let p = 0; p < d; p += 1) for (let q = p + 1; q < d; q += 1) rotate(a, vectors, d, p, q)
  }
  return { values: Float64Array.from({ length: d }, (_, i) => a[i * d + i]!), vectors }
}

/** The symmetric square root of a covariance, [d, d] row-major. Values that rounding made negative count as 0. */
export const squareRoot = (matrix: Float64Array, d: number): Float64Array => {
  const { values, vectors } = eigenOf(matrix, d)
  const scaled = vectors.map((value, i) => value * Math.sqrt(Math.max(0, values[i % d]!)))
  return timesTransposed(scaled, vectors, d)
}

/** A B, of [d, d] each. */
export const product = (a: Float64Array, b: Float64Array, d: number): Float64Array => {
  const result = new Float64Array(d * d)
  for (let i = 0; i < d; i += 1) {
    for (let k = 0; k < d; k += 1) {
      const factor = a[i * d + k]!
      for (let j = 0; j < d; j += 1) result[i * d + j]! += factor * b[k * d + j]!
    }
  }
  return result
}

/** A B^T, of [d, d] each. */
const timesTransposed = (a: Float64Array, b: Float64Array, d: number): Float64Array => {
  const result = new Float64Array(d * d)
  for (let i = 0; i < d; i += 1) {
    for (let j = 0; j < d; j += 1) {
      let dot = 0
      for (let k = 0; k < d; k += 1) dot += a[i * d + k]! * b[j * d + k]!
      result[i * d + j] = dot
    }
  }
  return result
}

/** A <- R^T A R and V <- V R, where R turns axes p and q so that A[p, q] becomes 0; of the two angles the smaller. */
const rotate = (a: Float64Array, vectors: Float64Array, d: number, p: number, q: number): void => {
  const across = a[p * d + q]!
  if (across === 0) return
  const theta = (a[q * d + q]! - a[p * d + p]!) / (2 * across)
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
  const c = 1 / Math.hypot(t, 1)
  const s = t * c
  for (let k = 0; k < d; k += 1) turn(a, k * d + p, k * d + q, c, s)
  for (let k = 0; k < d; k += 1) turn(a, p * d + k, q * d + k, c, s)
  for (let k = 0; k < d; k += 1) turn(vectors, k * d + p, k * d + q, c, s)
}

const turn = (values: Float64Array, at: number, other: number, c: number, s: number): void => {
  const x = values[at]!
  const y = values[other]!
  values[at] = c * x - s * y
  values[other] = s * x + c * y
}

const sumOfSquares = (values: Float64Array): number => {
  let sum = 0
  for (const value of values) sum += value * value
  return sum
}

const offDiagonal = (a: Float64Array, d: number): number => {
  let sum = 0
  for (let i = 0; i < d; i += 1) for (let j = 0; j < i; j += 1) sum += a[i * d + j]! ** 2
  return sum
}
