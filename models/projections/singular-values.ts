import { rotate } from './eigen.ts'
import { dot } from './products.ts'

/**
 * The singular values of a matrix [rows, n], in no order, to a relative error of some 1e-15 of the greatest: rows are
 * turned against each other until they are orthogonal, and their lengths are the values (Hestenes 1958; Golub and Van
 * Loan 2013, 8.6.3). `matrix` is overwritten. What a number that is none leads to is NaN.
 */
export function singularValues(matrix: Float64Array, rows: number, n: number): Float64Array {
  const square = (row: number) => dot(matrix, row * n, matrix, row * n, n)
  const squares = Float64Array.from({ length: rows }, (_, row) => square(row))
  for (let sweep = 0; sweep < mostSweeps; sweep += 1) {
    let turned = false
    for (let i = 0; i < rows; i += 1) {
      for (let j = i + 1; j < rows; j += 1) {
        const inner = dot(matrix, i * n, matrix, j * n, n)
        const [first, second] = [squares[i]!, squares[j]!]
        if (!(Math.abs(inner) > 1e-15 * Math.sqrt(first) * Math.sqrt(second))) continue
        turned = true
        turn(matrix, i * n, j * n, n, (second - first) / (2 * inner))
        for (const row of [i, j]) squares[row] = square(row)
      }
    }
    if (!turned) break
  }
  return squares.map(Math.sqrt)
}

/** Six to ten are usual; what is left then is rounding. */
const mostSweeps = 40

/**
 * Turns two rows in their plane by the smaller of the angles that make them orthogonal; `ratio` is the cotangent of
 * twice that angle.
 */
function turn(matrix: Float64Array, i: number, j: number, n: number, ratio: number): void {
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio))
  const c = 1 / Math.hypot(1, tangent)
  const s = c * tangent
  rotate(matrix, i, j, n, c, s)
}
