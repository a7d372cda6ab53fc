import type { Points, Sampler } from './points.ts'
import { streamFor } from './streams.ts'
import { moments, predicted } from './summary.ts'

/** A distance between two samples, the second of which is of the target. */
export type Metric = (points: Points, reference: Points) => number

export interface FloorOptions {
  /** Pairs of samples. Default 39, of which all but 1 are below q95; 19 are the fewest for it. */
  readonly repeats?: number
  /** m, how many points the reference has. Default n. */
  readonly reference?: number
  /** Default 0. */
  readonly seed?: number
}

/** What a metric says of two independent samples of one distribution. */
export interface NoiseFloor {
  /** All values, sorted. */
  readonly values: readonly number[]
  readonly mean: number
  /** Of one value, not of the mean. */
  readonly std: number
  /** What one more value is below with such a probability. */
  readonly quantiles: { readonly q05: number; readonly q50: number; readonly q95: number }
}

/** A value and what sampling alone would make of it. */
export interface BesideFloor {
  readonly value: number
  readonly floor: NoiseFloor
  /**
   * value / q95 of the floor: at most 1 in 19 of 20 samples of the target itself, for metrics that are biased and for
   * those that are not.
   */
  readonly ratio: number
}

/**
 * The noise floor of a metric at n points: its values between independent samples of the target, n points and m, in the
 * units of the metric. No sample of that size can be told to be better than this.
 */
export const noiseFloor = (
  metric: Metric,
  sampler: Sampler,
  n: number,
  { repeats = 39, reference = n, seed = 0 }: FloorOptions = {},
): NoiseFloor => {
  for (const [what, count, least] of [
    ['repeats', repeats, 2],
    ['points', n, 1],
    ['points of reference', reference, 1],
  ] as const) {
    if (!(Number.isInteger(count) && count >= least)) {
      throw new Error(`noiseFloor: expected a whole number of ${what}, at least ${least}; got ${count}`)
    }
  }
  const random = streamFor('floor', seed)
  const values = Array.from({ length: repeats }, () => metric(sampler(random, n), sampler(random, reference)))
  const sorted = values.sort((a, b) => a - b)
  const [q05, q50, q95] = [0.05, 0.5, 0.95].map((level) => predicted(sorted, level)) as [number, number, number]
  return { values: sorted, ...moments(sorted), quantiles: { q05, q50, q95 } }
}

/** A value of the metric beside the floor at the same sample sizes. */
export const besideFloor = (value: number, floor: NoiseFloor): BesideFloor => ({
  value,
  floor,
  ratio: value / floor.quantiles.q95,
})

/** The metric between `points`, [n, d], and a new sample of the target, beside its noise floor at the same sizes. */
export const withNoiseFloor = (
  metric: Metric,
  points: Points,
  sampler: Sampler,
  options: FloorOptions = {},
): BesideFloor => {
  const n = points.data.length / points.dimension
  const floor = noiseFloor(metric, sampler, n, options)
  const reference = sampler(streamFor('reference', options.seed ?? 0), options.reference ?? n)
  return besideFloor(metric(points, reference), floor)
}
