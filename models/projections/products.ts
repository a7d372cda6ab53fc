/**
 * Adds to out, [n, m], the products of a, [n, k], with the transpose of b, [m, k]: out[i, j] += sum_c a[i, c] b[j, c],
 * in float64. Of a `triangle` only those with j <= i + 3 are sure to be added, which are all of the lower one.
 *
 * Tiles of 4 x 2 sums are kept in registers, and the four rows of a in the nearest cache.
 */
export function addProducts(
  a: Float64Array,
  n: number,
  b: Float64Array,
  m: number,
  k: number,
  out: Float64Array,
  triangle = false,
): void {
  const wholeRows = n - (n % 4)
  for (let i = 0; i < wholeRows; i += 4) {
    const most = triangle ? Math.min(m, i + 4) : m
    const wholeColumns = most - (most % 2)
    const a0 = i * k
    const a1 = a0 + k
    const a2 = a1 + k
    const a3 = a2 + k
    for (let j = 0; j < wholeColumns; j += 2) {
      const b0 = j * k
      const b1 = b0 + k
      let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0]
      for (let c = 0; c < k; c += 1) {
        const x = b[b0 + c]!
        const y = b[b1 + c]!
        const w0 = a[a0 + c]!
        s00 += w0 * x
        s01 += w0 * y
        const w1 = a[a1 + c]!
        s10 += w1 * x
        s11 += w1 * y
        const w2 = a[a2 + c]!
        s20 += w2 * x
        s21 += w2 * y
        const w3 = a[a3 + c]!
        s30 += w3 * x
        s31 += w3 * y
      }
      const at = i * m + j
      out[at]! += s00
      out[at + 1]! += s01
      out[at + m]! += s10
      out[at + m + 1]! += s11
      out[at + 2 * m]! += s20
      out[at + 2 * m + 1]! += s21
      out[at + 3 * m]! += s30
      out[at + 3 * m + 1]! += s31
    }
    for (let j = wholeColumns; j < most; j += 1)
      for (let r = i; r < i + 4; r += 1) out[r * m + j]! += dot(a, r * k, b, j * k, k)
  }
  for (let i = wholeRows; i < n; i += 1)
    for (let j = 0; j < (triangle ? Math.min(m, i + 1) : m); j += 1) out[i * m + j]! += dot(a, i * k, b, j * k, k)
}

/** The inner product of k numbers of a from `i` on with as many of b from `j` on. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, k: number): number {
  let sum = 0
  for (let c = 0; c < k; c += 1) sum += a[i + c]! * b[j + c]!
  return sum
}

/** The transpose, [columns, rows], of a matrix [rows, columns] that may lie at the beginning of a longer array. */
export function transposed(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const made = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) made[j * rows + i] = matrix[i * columns + j]!
  return made
}
