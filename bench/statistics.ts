/** The middle of some numbers; the mean of the two in the middle of an even count. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) throw new RangeError('no numbers have no median')
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** What was measured of something in rounds: times in milliseconds. */
export interface Times {
  readonly median: number
  readonly least: number
  /** Half of how far the middle half of the rounds spreads, relative to the median. */
  readonly spread: number
  readonly rounds: number
}

export function timesOf(rounds: readonly number[]): Times {
  const middle = median(rounds)
  const sorted = rounds.toSorted((a, b) => a - b)
  const quartile = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!
  return {
    median: middle,
    least: sorted[0]!,
    spread: (quartile(0.75) - quartile(0.25)) / 2 / middle,
    rounds: rounds.length,
  }
}

/**
 * How many times as long one takes as the other: the median over rounds in which both ran, so that what slows the whole
 * machine for a while slows both.
 */
export const ratioOf = (rounds: readonly number[], others: readonly number[]): number =>
  median(rounds.slice(0, others.length).map((ms, i) => ms / others[i]!))
