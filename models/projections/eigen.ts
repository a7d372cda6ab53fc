import { addProducts, transposed } from './products.ts'

/**
 * Eigenvalues from the greatest on, and their vectors, which are orthonormal: row i of `vectors`, [n, n], is that of
 * `values[i]`.
 */
interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix [n, n], of which the upper triangle is read: Householder's
 * reduction to a tridiagonal matrix and the implicit QL iteration (Wilkinson and Reinsch 1971; Golub and Van Loan 2013,
 * 8.3). About 8 n^3 operations. The vectors are rows, so that everything runs along memory.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const unit = nearestPowerOfTwo(matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0))
  const { diagonal, beside, basis } = tridiagonal(
    matrix.map((value) => value / unit),
    n,
  )
  diagonalise(diagonal, beside, basis, n)
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j)
  const vectors = new Float64Array(n * n)
  for (const [to, from] of order.entries()) vectors.set(basis.subarray(from * n, (from + 1) * n), to * n)
  return { values: Float64Array.from(order, (i) => diagonal[i]! * unit), vectors }
}

/**
 * What elements are divided by, exactly, so that the greatest is about 1 and no square of it is lost; 1 where there is
 * none.
 */
function nearestPowerOfTwo(size: number): number {
  return size > 0 && size < Number.POSITIVE_INFINITY ? 2 ** Math.max(-1022, Math.floor(Math.log2(size))) : 1
}

/**
 * Beside a matrix of size 1, what is nothing: far below its rounding errors, and still far from where squares and their
 * inverses leave float64. What a matrix of low rank leaves behind are rounding errors of rounding errors, which grow
 * smaller by 1e-16 with each row.
 */
const nothing = 1e-60

interface Tridiagonal {
  readonly diagonal: Float64Array
  /** beside[i] stands between i and i + 1. */
  readonly beside: Float64Array
  /** Q^T of A = Q T Q^T. */
  readonly basis: Float64Array
}

/**
 * Row k of `a` becomes the vector v of the reflection I - beta v v^T that clears what lies right of its second element.
 */
function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n)
  const beside = new Float64Array(n)
  const betas = new Float64Array(n)
  const p = new Float64Array(n)
  for (let k = 0; k < n - 2; k += 1) {
    const row = k * n
    diagonal[k] = a[row + k]!
    const first = a[row + k + 1]!
    let square = 0
    for (let j = k + 2; j < n; j += 1) square += a[row + j]! ** 2
    if (square < nothing * nothing) {
      beside[k] = first
      continue
    }
    square += first * first
    const norm = first > 0 ? -Math.sqrt(square) : Math.sqrt(square)
    beside[k] = norm
    a[row + k + 1] = first - norm
    const beta = 1 / (square - first * norm)
    betas[k] = beta
    rankTwo(a, n, k, beta, p)
  }
  if (n > 1) {
    diagonal[n - 2] = a[(n - 2) * n + n - 2]!
    beside[n - 2] = a[(n - 2) * n + n - 1]!
  }
  diagonal[n - 1] = a[n * n - 1]!
  return { diagonal, beside, basis: reflections(a, betas, n) }
}

/**
 * B <- (I - beta v v^T) B (I - beta v v^T) = B - v w^T - w v^T on the rows and columns behind k, with w = p - (beta /
 * 2) (v . p) v and p = beta B v.
 */
function rankTwo(a: Float64Array, n: number, k: number, beta: number, p: Float64Array): void {
  const v = k * n
  p.fill(0, k + 1)
  for (let i = k + 1; i < n; i += 1) {
    const row = i * n
    const vi = a[v + i]!
    let sum = a[row + i]! * vi
    for (let j = i + 1; j < n; j += 1) {
      const value = a[row + j]!
      sum += value * a[v + j]!
      p[j]! += value * vi
    }
    p[i]! += sum
  }
  let inner = 0
  for (let i = k + 1; i < n; i += 1) inner += a[v + i]! * p[i]!
  const half = (beta * beta * inner) / 2
  for (let i = k + 1; i < n; i += 1) p[i] = beta * p[i]! - half * a[v + i]!
  for (let i = k + 1; i < n; i += 1) {
    const row = i * n
    const vi = a[v + i]!
    const wi = p[i]!
    for (let j = i; j < n; j += 1) a[row + j]! -= vi * p[j]! + wi * a[v + j]!
  }
}

/** The product of the reflections, the last one first: each acts on the rows of what has been multiplied. */
function reflections(a: Float64Array, betas: Float64Array, n: number): Float64Array {
  const basis = new Float64Array(n * n)
  for (let i = 0; i < n; i += 1) basis[i * n + i] = 1
  for (let k = n - 3; k >= 0; k -= 1) {
    const beta = betas[k]!
    if (beta === 0) continue
    const v = k * n
    for (let i = k + 1; i < n; i += 1) {
      const row = i * n
      let inner = 0
      for (let j = k + 1; j < n; j += 1) inner += basis[row + j]! * a[v + j]!
      const times = beta * inner
      for (let j = k + 1; j < n; j += 1) basis[row + j]! -= times * a[v + j]!
    }
  }
  return basis
}

/** Rotates until nothing stands beside the diagonal that its rounding errors would not hide. */
function diagonalise(d: Float64Array, e: Float64Array, basis: Float64Array, n: number): void {
  const size = d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i]!)), 0)
  const negligible = Number.EPSILON * size
  for (let l = 0; l < n; l += 1) {
    for (let turns = 0; ; turns += 1) {
      let m = l
      while (m < n - 1 && Math.abs(e[m]!) > negligible) m += 1
      if (m === l) break
      // Two or three turns are usual.
      if (turns === 60)
        throw new Error('symmetricEigen: the QL iteration did not converge; is a number of the matrix NaN or infinite?')
      sweep(d, e, basis, n, l, m)
    }
  }
}

/**
 * One step of QL between l and m, shifted by the eigenvalue of the first two rows that is nearest (Wilkinson's shift).
 */
function sweep(d: Float64Array, e: Float64Array, basis: Float64Array, n: number, l: number, m: number): void {
  const slope = (d[l + 1]! - d[l]!) / (2 * e[l]!)
  const root = Math.sqrt(slope * slope + 1)
  let g = d[m]! - d[l]! + e[l]! / (slope + (slope >= 0 ? root : -root))
  let [s, c, p] = [1, 1, 0]
  for (let i = m - 1; i >= l; i -= 1) {
    const f = s * e[i]!
    const b = c * e[i]!
    const length = Math.sqrt(f * f + g * g)
    e[i + 1] = length
    if (length === 0) {
      d[i + 1]! -= p
      e[m] = 0
      return
    }
    s = f / length
    c = g / length
    g = d[i + 1]! - p
    const r = (d[i]! - g) * s + 2 * c * b
    p = s * r
    d[i + 1] = g + p
    g = c * r - b
    rotate(basis, i * n, (i + 1) * n, n, c, s)
  }
  d[l]! -= p
  e[l] = g
  e[m] = 0
}

/** Turns two rows of n numbers, which begin at i and j, in their plane. */
export function rotate(basis: Float64Array, i: number, j: number, n: number, c: number, s: number): void {
  for (let k = 0; k < n; k += 1) {
    const below = basis[j + k]!
    const above = basis[i + k]!
    basis[j + k] = s * above + c * below
    basis[i + k] = c * above - s * below
  }
}

/**
 * The symmetric matrix [n, n] with the same eigenvectors, and f of each eigenvalue: its root, or its inverse. `f` is
 * given the greatest one too, for what is nothing beside it.
 */
export function onEigenvalues(
  matrix: Float64Array,
  n: number,
  f: (eigenvalue: number, greatest: number) => number,
): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n)
  const changed = values.map((value) => f(value, values[0]!))
  const scaled = vectors.map((value, at) => value * changed[Math.floor(at / n)]!)
  const made = new Float64Array(n * n)
  addProducts(transposed(scaled, n, n), n, transposed(vectors, n, n), n, n, made)
  return made
}
