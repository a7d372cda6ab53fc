import { decay } from './decay.ts'
import { type Points, pairOf, type Rows } from './points.ts'
import { meanAcross, meanWithin, type SumOfSquares, squaresFrom } from './squares.ts'
import { quantile } from './summary.ts'

export interface MmdOptions {
  /**
   * Standard deviations of the kernels, in the units of the points. Default: `multiples` times the median distance.
   * Give them to compare values of several samples.
   */
  readonly bandwidths?: readonly number[]
  /** Of `medianDistance(x, y)`. Default 1/4, 1/2, 1, 2, 4. */
  readonly multiples?: readonly number[]
}

/**
 * The squared maximum mean discrepancy E k(X, X') + E k(Y, Y') - 2 E k(X, Y) between the distributions of two samples,
 * [n, d] and [m, d], unbiased (so it may be negative). The kernel is the mean of exp(-||x - y||^2 / (2 h^2)) over the
 * bandwidths h, so k(x, x) = 1 and the value is at most 2. O(nm) time, O(n + m) memory.
 *
 * Source: Gretton et al., "A kernel two-sample test", JMLR 2012 (lemma 6).
 */
export const squaredMmd = (x: Points, y: Points, options: MmdOptions = {}): number => {
  const [a, b] = pairOf(x, y, 'squaredMmd', undefined, 2)
  const kernel = gaussianKernel(bandwidthsOf(x, y, options))
  return meanWithin(a, kernel) + meanWithin(b, kernel) - 2 * meanAcross(a, b, kernel)
}

/**
 * The median heuristic: the median of ||z_i - z_j|| over pairs i < j of the points of both sets together. Of a set of
 * more than 500 points, 500 at equal steps are taken.
 */
export const medianDistance = (x: Points, y: Points): number => {
  const [a, b] = pairOf(x, y, 'medianDistance')
  const some = thinned(a, b, 500)
  const squares = new Float64Array(some.n)
  const distances = new Float64Array((some.n * (some.n - 1)) / 2)
  let pair = 0
  for (let i = 0; i < some.n; i += 1) {
    squaresFrom(some, i, some, i + 1, squares)
    for (let j = i + 1; j < some.n; j += 1) distances[pair++] = Math.sqrt(squares[j]!)
  }
  return quantile(distances.sort(), 0.5)
}

const thinned = (a: Rows, b: Rows, most: number): Rows => {
  const { d } = a
  const picked = [a, b].flatMap(({ data, n }) =>
    Array.from({ length: Math.min(n, most) }, (_, i) => {
      const row = n <= most ? i : Math.floor((i * n) / most)
      return data.subarray(row * d, (row + 1) * d)
    }),
  )
  const data = new Float64Array(picked.length * d)
  for (const [i, row] of picked.entries()) data.set(row, i * d)
  return { data, n: picked.length, d }
}

const bandwidthsOf = (
  x: Points,
  y: Points,
  { bandwidths, multiples = [1 / 4, 1 / 2, 1, 2, 4] }: MmdOptions,
): readonly number[] => {
  if (bandwidths === undefined) {
    const median = medianDistance(x, y)
    if (median === 0) {
      throw new Error(
        'squaredMmd: the median distance is 0, as most points are equal, so no bandwidth can be told from it: give { bandwidths }, in the units of the points',
      )
    }
    return bandwidthsOf(x, y, { bandwidths: multiples.map((multiple) => multiple * median) })
  }
  if (bandwidths.length === 0 || !bandwidths.every((h) => h > 0 && Number.isFinite(h))) {
    throw new Error(`squaredMmd: expected at least one bandwidth, all positive; got [${bandwidths.join(', ')}]`)
  }
  return bandwidths
}

/**
 * One exponential serves all bandwidths that are each half of the one before: exp(-r / (2 (h/2)^2)) is the fourth power
 * of exp(-r / (2 h^2)). So the five default kernels cost little more than one.
 */
const gaussianKernel = (bandwidths: readonly number[]): SumOfSquares => {
  const rates = [...bandwidths].sort((p, q) => q - p).map((h) => 1 / (2 * h * h))
  const steps = rates.map((rate, k) => ({ rate, half: k > 0 && rate === 4 * rates[k - 1]! }))
  let values = new Float64Array(0)
  return (squares, start) => {
    if (values.length < squares.length) values = new Float64Array(squares.length)
    let sum = 0
    for (const { rate, half } of steps)
      sum += half ? fourthPowers(values, start, squares.length) : exponentials(squares, rate, values, start)
    return sum / rates.length
  }
}

const exponentials = (squares: Float64Array, rate: number, values: Float64Array, start: number): number => {
  let sum = 0
  for (let j = start; j < squares.length; j += 1) {
    const value = decay(rate * squares[j]!)
    values[j] = value
    sum += value
  }
  return sum
}

const fourthPowers = (values: Float64Array, start: number, end: number): number => {
  let sum = 0
  for (let j = start; j < end; j += 1) {
    const square = values[j]! * values[j]!
    // What is below 1e-70 shows in no sum, and its powers would be denormal, which are slow.
    const value = square * square < 1e-70 ? 0 : square * square
    values[j] = value
    sum += value
  }
  return sum
}
