import { type Points, pairOf, type Rows } from './points.ts'
import { squaresFrom } from './squares.ts'

export interface EnergyOptions {
  /**
   * 'U', the default, leaves out the pairs of a point with itself: unbiased, so its mean over equal distributions is 0 and it may be negative.
   * 'V' counts them, as distances of 0: never negative, and biased upwards by E||X - X'|| (1/n + 1/m).
   */
  readonly statistic?: 'U' | 'V'
}

/**
 * The energy distance 2 E||X - Y|| - E||X - X'|| - E||Y - Y'|| between the distributions of two samples, [n, d] and [m, d]: 0 for equal distributions
 * alone, in the units of the points. Some libraries give its square root. O(nm) time, O(n + m) memory.
 *
 * Source: Szekely and Rizzo, "Energy statistics: a class of statistics based on distances", 2013.
 */
export const energyDistance = (x: Points, y: Points, { statistic = 'U' }: EnergyOptions = {}): number => {
  const [a, b] = pairOf(x, y, 'energyDistance', undefined, statistic === 'U' ? 2 : 1)
  return 2 * across(a, b) - within(a, statistic) - within(b, statistic)
}

/** The mean of ||a_i - b_j||. Each row is summed on its own, which keeps the rounding errors of millions of terms apart. */
const across = (a: Rows, b: Rows): number => {
  const squares = new Float64Array(b.n)
  let total = 0
  for (let i = 0; i < a.n; i += 1) {
    squaresFrom(a, i, b, 0, squares)
    total += sumOfRoots(squares, 0)
  }
  return total / (a.n * b.n)
}

/** The mean of ||a_i - a_j|| over i != j ('U') or over all i and j ('V'). */
const within = (a: Rows, statistic: 'U' | 'V'): number => {
  const squares = new Float64Array(a.n)
  let half = 0
  for (let i = 0; i < a.n; i += 1) {
    squaresFrom(a, i, a, i + 1, squares)
    half += sumOfRoots(squares, i + 1)
  }
  return (2 * half) / (a.n * (statistic === 'U' ? a.n - 1 : a.n))
}

const sumOfRoots = (squares: Float64Array, start: number): number => {
  let sum = 0
  for (let j = start; j < squares.length; j += 1) sum += Math.sqrt(squares[j]!)
  return sum
}
