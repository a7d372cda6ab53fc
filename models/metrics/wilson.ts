import { normalQuantile } from './normal.ts'

/** A share of n things, and what share of all such things that may be. */
export interface Share {
  readonly count: number
  /** n. */
  readonly of: number
  /** count / n. */
  readonly rate: number
  readonly low: number
  readonly high: number
}

/**
 * `count` of n independent things, with the interval that holds the true share with this probability: the shares from
 * which the normal approximation, with the variance of the share itself, does not rule the count out. It has width also
 * where the count is 0 or n. Wilson 1927.
 */
export const wilsonShare = (count: number, n: number, level = 0.95): Share => {
  if (!(level > 0 && level < 1)) throw new Error(`wilsonShare: expected a level between 0 and 1; got ${level}`)
  if (!(Number.isInteger(n) && n > 0 && Number.isInteger(count) && count >= 0 && count <= n)) {
    throw new Error(`wilsonShare: expected a count of at least 1 thing; got ${count} of ${n}`)
  }
  const z = normalQuantile((1 + level) / 2)
  const rate = count / n
  const pull = (z * z) / n
  const centre = (rate + pull / 2) / (1 + pull)
  const reach = (z * Math.sqrt((rate * (1 - rate)) / n + pull / (4 * n))) / (1 + pull)
  // At the ends the two cancel but for rounding.
  return {
    count,
    of: n,
    rate,
    low: count === 0 ? 0 : centre - reach,
    high: count === n ? 1 : centre + reach,
  }
}
