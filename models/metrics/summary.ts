import type { Measured } from './excess.ts'

/**
 * The quantile of sorted numbers at 0 <= level <= 1: linear between order statistics (type 7 of Hyndman and Fan 1996).
 */
export const quantile = (sorted: ArrayLike<number>, level: number): number => {
  if (!(level >= 0 && level <= 1)) throw new Error(`quantile: expected a level from 0 to 1; got ${level}`)
  if (sorted.length === 0) throw new Error('quantile: expected at least one number; got none')
  const at = level * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  const above = sorted[Math.ceil(at)]!
  return above === below ? below : below + (at - Math.floor(at)) * (above - below)
}

/**
 * What one more number of the same distribution is below with this probability: linear between order statistics at (n +
 * 1) level (type 6 of Hyndman and Fan 1996), exact where that is whole, and the greatest or least of too few. A
 * quantile of type 7 is too near the middle for that: of 16 numbers, 1 in 10 is above the one for 0.95.
 */
export const predicted = (sorted: ArrayLike<number>, level: number): number => {
  if (sorted.length < 2) return quantile(sorted, level)
  const at = Math.min(Math.max((sorted.length + 1) * level - 1, 0), sorted.length - 1)
  return quantile(sorted, at / (sorted.length - 1))
}

/** The mean, and the standard deviation with n - 1 in its denominator (NaN of one number). */
export const moments = (values: ArrayLike<number>): { readonly mean: number; readonly std: number } => {
  let sum = 0
  for (let i = 0; i < values.length; i += 1) sum += values[i]!
  const mean = sum / values.length
  let squares = 0
  for (let i = 0; i < values.length; i += 1) squares += (values[i]! - mean) ** 2
  return { mean, std: Math.sqrt(squares / (values.length - 1)) }
}

/**
 * The mean of independent values with its standard error, the standard deviation (over n - 1) over the root of n: NaN
 * of one value.
 */
export const meanOf = (values: ArrayLike<number>): Measured => {
  const { mean, std } = moments(values)
  return { value: mean, standardError: std / Math.sqrt(values.length) }
}

/** The middle of numbers in any order; of an even number the mean of the two in the middle. */
export const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
