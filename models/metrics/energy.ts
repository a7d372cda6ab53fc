import { type Points, pairOf } from './points.ts'
import { meanAcross, meanWithin } from './squares.ts'

export interface EnergyOptions {
  /**
   * 'U', the default, leaves out the pairs of a point with itself: unbiased, so its mean over equal distributions is 0
   * and it may be negative. 'V' counts them, as distances of 0: never negative, and biased upwards by E||X - X'|| (1/n
   * + 1/m).
   */
  readonly statistic?: 'U' | 'V'
}

/**
 * The energy distance 2 E||X - Y|| - E||X - X'|| - E||Y - Y'|| between the distributions of two samples, [n, d] and [m,
 * d]: 0 for equal distributions alone, in the units of the points. Some libraries give its square root. O(nm) time, O(n
 * + m) memory.
 *
 * Source: Szekely and Rizzo, "Energy statistics: a class of statistics based on distances", 2013.
 */
export const energyDistance = (x: Points, y: Points, { statistic = 'U' }: EnergyOptions = {}): number => {
  const [a, b] = pairOf(x, y, 'energyDistance', undefined, statistic === 'U' ? 2 : 1)
  const self = statistic === 'V'
  return 2 * meanAcross(a, b, sumOfRoots) - meanWithin(a, sumOfRoots, self) - meanWithin(b, sumOfRoots, self)
}

const sumOfRoots = (squares: Float64Array, start: number): number => {
  let sum = 0
  for (let j = start; j < squares.length; j += 1) sum += Math.sqrt(squares[j]!)
  return sum
}
