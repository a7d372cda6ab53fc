import { normalQuantile } from './normal.ts'
import { averageRanks } from './ranks.ts'
import { streamFor } from './streams.ts'
import { quantile } from './summary.ts'

export interface CorrelationOptions {
  /**
   * 'fisher', the default: atanh of the correlation is about normal, with variance 1 / (n - 3) (Fisher 1921), or (1 +
   * r^2 / 2) / (n - 3) for ranks (Bonett and Wright 2000); exact for normal pairs, too short for heavy tails.
   * 'bootstrap': quantiles over resampled pairs (Efron 1979), which suppose no distribution.
   */
  readonly interval?: 'fisher' | 'bootstrap'
  /** The probability that the interval is to hold the true correlation. Default 0.95. */
  readonly level?: number
  /** Of the bootstrap. Default 1000. */
  readonly resamples?: number
  /** Of the bootstrap. Default 0. */
  readonly seed?: number
}

export interface Correlation {
  /** -1 .. 1. */
  readonly value: number
  readonly low: number
  readonly high: number
  /** Pairs. */
  readonly n: number
}

/** Pearson's correlation of n >= 4 pairs of numbers, with an interval. */
export const pearson = (x: ArrayLike<number>, y: ArrayLike<number>, options: CorrelationOptions = {}): Correlation =>
  correlation('pearson', x, y, options, pearsonOf, () => 1)

/**
 * Spearman's correlation of n >= 4 pairs of numbers: Pearson's of their ranks, equal numbers sharing the mean of
 * theirs; with an interval.
 */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>, options: CorrelationOptions = {}): Correlation =>
  correlation(
    'spearman',
    x,
    y,
    options,
    (a, b) => pearsonOf(averageRanks(a), averageRanks(b)),
    (value) => 1 + (value * value) / 2,
  )

type Statistic = (x: Float64Array, y: Float64Array) => number

const correlation = (
  caller: string,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  { interval = 'fisher', level = 0.95, resamples = 1000, seed = 0 }: CorrelationOptions,
  statistic: Statistic,
  variance: (value: number) => number,
): Correlation => {
  const [a, b] = checkedPairs(caller, x, y)
  if (!(level > 0 && level < 1)) throw new Error(`${caller}: expected a level between 0 and 1; got ${level}`)
  const value = statistic(a, b)
  const n = a.length
  if (interval === 'bootstrap') {
    if (!(Number.isInteger(resamples) && resamples >= 2)) {
      throw new Error(`${caller}: expected at least 2 resamples; got ${resamples}`)
    }
    const values = resampled(a, b, statistic, resamples, seed)
    return { value, low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2), n }
  }
  const reach = normalQuantile((1 + level) / 2) * Math.sqrt(variance(value) / (n - 3))
  return { value, low: Math.tanh(Math.atanh(value) - reach), high: Math.tanh(Math.atanh(value) + reach), n }
}

/** NaN where one of the two is constant, as some resamples of few pairs are. */
const pearsonOf: Statistic = (x, y) => {
  const n = x.length
  let [meanX, meanY] = [0, 0]
  for (let i = 0; i < n; i += 1) {
    meanX += x[i]! / n
    meanY += y[i]! / n
  }
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < n; i += 1) {
    const dx = x[i]! - meanX
    const dy = y[i]! - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)))
}

const resampled = (
  x: Float64Array,
  y: Float64Array,
  statistic: Statistic,
  resamples: number,
  seed: number,
): readonly number[] => {
  const random = streamFor('bootstrap', seed)
  const n = x.length
  const [a, b] = [new Float64Array(n), new Float64Array(n)]
  const values: number[] = []
  for (let tries = 0; values.length < resamples && tries < 10 * resamples; tries += 1) {
    for (let i = 0; i < n; i += 1) {
      const from = Math.floor(random.uniform() * n)
      a[i] = x[from]!
      b[i] = y[from]!
    }
    const value = varies(a) && varies(b) ? statistic(a, b) : Number.NaN
    if (!Number.isNaN(value)) values.push(value)
  }
  return values.sort((p, q) => p - q)
}

const varies = (values: Float64Array): boolean => values.some((value) => value !== values[0])

const checkedPairs = (
  caller: string,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): readonly [Float64Array, Float64Array] => {
  if (x.length !== y.length) {
    throw new Error(
      `${caller}: expected a second number for each first; got ${x.length} and ${y.length}: give the two measurements of the same points, in one order`,
    )
  }
  if (x.length < 4) throw new Error(`${caller}: expected at least 4 pairs, to have an interval; got ${x.length}`)
  const pair = [Float64Array.from(x), Float64Array.from(y)] as const
  for (const [values, name] of [[pair[0], 'first'] as const, [pair[1], 'second'] as const]) {
    const odd = values.findIndex((value) => !Number.isFinite(value))
    if (odd >= 0) {
      throw new Error(
        `${caller}: expected finite numbers; the ${name} of pair ${odd} is ${values[odd]}: leave the pair out, or find what made it`,
      )
    }
    if (!varies(values)) {
      throw new Error(
        `${caller}: all ${name} numbers are ${values[0]}, and what does not vary is correlated with nothing: measure points that differ`,
      )
    }
  }
  return pair
}
