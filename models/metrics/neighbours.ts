import type { Rows } from './points.ts'
import { squaresFrom } from './squares.ts'

/**
 * The squared distance from each point of `queries` to its k-th nearest among `base`, [n]; with `self`, where both are one set, among the others. Exact,
 * by looking at all pairs: O(n m) time, and O(m) memory.
 */
export const kthSquares = (queries: Rows, base: Rows, k: number, self = false): Float64Array => {
  const squares = new Float64Array(base.n)
  const nearest = new Float64Array(k)
  return Float64Array.from({ length: queries.n }, (_, i) => {
    squaresFrom(queries, i, base, 0, squares)
    if (self) squares[i] = Number.POSITIVE_INFINITY
    return kthLeast(squares, nearest)
  })
}

/** k, where it is a number of neighbours that a set with `others` candidates has. */
export const checkedNeighbours = (k: number, others: number, caller: string, name: string): number => {
  if (!(Number.isInteger(k) && k >= 1)) throw new Error(`${caller}: expected a whole number k of at least 1; got ${k}`)
  if (k > others) {
    throw new Error(
      `${caller}: expected at least ${k} candidates for the k-th neighbour in ${name}, k = ${k}; got ${others}: draw more points, or take a smaller k`,
    )
  }
  return k
}

/** The k-th least of the values, `least` being room for k of them: most values are above the k least so far, and cost one comparison. */
const kthLeast = (values: Float64Array, least: Float64Array): number => {
  const last = least.length - 1
  least.fill(Number.POSITIVE_INFINITY)
  for (let j = 0; j < values.length; j += 1) {
    const value = values[j]!
    if (value < least[last]!) {
      let at = last
      for (; at > 0 && least[at - 1]! > value; at -= 1) least[at] = least[at - 1]!
      least[at] = value
    }
  }
  return least[last]!
}
