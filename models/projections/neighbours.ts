/** For each query the k nearest of the other rows, nearest first. */
export interface Neighbours {
  /** [queries, k], which rows. */
  readonly rows: Uint32Array
  /** [queries, k], squared Euclidean distances. */
  readonly squared: Float64Array
}

/** The k nearest neighbours of the first `queries` rows of a matrix [n, width] among all its rows, each by comparing all; of equally near ones those that come first. */
export function nearest(matrix: ArrayLike<number>, width: number, queries: number, k: number): Neighbours {
  // One type of array, for which one loop is compiled.
  const numbers = Float64Array.from(matrix)
  const count = numbers.length / width
  const rows = new Uint32Array(queries * k)
  const squared = new Float64Array(queries * k).fill(Number.POSITIVE_INFINITY)
  for (let query = 0; query < queries; query += 1) {
    const last = (query + 1) * k - 1
    for (let row = 0; row < count; row += 1) {
      if (row === query) continue
      const distance = squaredDistance(numbers, query * width, row * width, width, squared[last]!)
      if (distance >= squared[last]!) continue
      let at = last
      for (; at > query * k && squared[at - 1]! > distance; at -= 1) {
        squared[at] = squared[at - 1]!
        rows[at] = rows[at - 1]!
      }
      squared[at] = distance
      rows[at] = row
    }
  }
  return { rows, squared }
}

/** Of what is no nearer than `most` only a part need be summed. */
function squaredDistance(matrix: Float64Array, i: number, j: number, width: number, most: number): number {
  let sum = 0
  for (let start = 0; start < width && sum < most; start += 32) {
    const end = Math.min(width, start + 32)
    for (let c = start; c < end; c += 1) {
      const apart = matrix[i + c]! - matrix[j + c]!
      sum += apart * apart
    }
  }
  return sum
}
