import type { Rows } from './points.ts'
import { squaresFrom } from './squares.ts'

/** For each query the k nearest of other rows, nearest first. */
interface Neighbours {
  /** [queries, k], which rows. */
  readonly rows: Uint32Array
  /** [queries, k], squared Euclidean distances. */
  readonly squares: Float64Array
}

/**
 * The k nearest to each of `queries` among `base`, which has as many; of equally near ones those that come first. With
 * `self` the queries are the first rows of the base, and each is left out of its own. Exact, by looking at all pairs:
 * O(n m) time, and O(m) memory beside what it gives.
 */
export const nearest = (queries: Rows, base: Rows, k: number, self = false): Neighbours => {
  const rows = new Uint32Array(queries.n * k)
  const squares = new Float64Array(queries.n * k).fill(Number.POSITIVE_INFINITY)
  const isNarrow = base.d <= stretch
  const all = new Float64Array(base.n)
  for (let query = 0; query < queries.n; query += 1) {
    if (isNarrow) squaresFrom(queries, query, base, 0, all)
    const [first, last] = [query * k, (query + 1) * k - 1]
    // Most are farther than the k nearest so far, and cost one comparison.
    for (let row = 0; row < base.n; row += 1) {
      if (self && row === query) continue
      const square = isNarrow ? all[row]! : squareBelow(queries, query, base, row, squares[last]!)
      if (!(square < squares[last]!)) continue
      let at = last
      for (; at > first && squares[at - 1]! > square; at -= 1) {
        squares[at] = squares[at - 1]!
        rows[at] = rows[at - 1]!
      }
      squares[at] = square
      rows[at] = row
    }
  }
  return { rows, squares }
}

/** The squared distance from each of `queries` to its k-th nearest among `base`, [n], as `nearest` has them. */
export const kthSquares = (queries: Rows, base: Rows, k: number, self = false): Float64Array => {
  const { squares } = nearest(queries, base, k, self)
  return Float64Array.from({ length: queries.n }, (_, i) => squares[(i + 1) * k - 1]!)
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

/** So many dims are summed before it is looked whether that is enough. */
const stretch = 32

/** The squared distance of two rows; of what is no nearer than `most` only a part need be summed. */
const squareBelow = (a: Rows, i: number, b: Rows, j: number, most: number): number => {
  const { d } = b
  let sum = 0
  for (let start = 0; start < d && sum < most; start += stretch) {
    const end = Math.min(d, start + stretch)
    for (let axis = start; axis < end; axis += 1) {
      const apart = b.data[j * d + axis]! - a.data[i * d + axis]!
      sum += apart * apart
    }
  }
  return sum
}
