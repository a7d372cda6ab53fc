import { nearest } from '../metrics/neighbours.ts'
import { distinct, randomFor } from '../projections/draws.ts'
import { checkRows, rowsAt } from '../projections/features.ts'

export interface TwoNearestOptions {
  /**
   * How many rows it is estimated from; they are drawn at random where there are more. With fewer rows neighbours are
   * farther, and what is thin counts less. Default 2,000.
   */
  readonly among?: number
  /** Of the draw. Default 0. */
  readonly seed?: number
  /**
   * Which share of the largest ratios is left out: they come from where the density changes. Default 0.1, as in the
   * paper.
   */
  readonly discarded?: number
}

export interface IntrinsicDimension {
  readonly value: number
  /** How many rows it was estimated from: those whose nearest other row is not equal to them. */
  readonly rows: number
  /** Rows that are equal to another one, which say nothing. */
  readonly duplicates: number
}

/**
 * The intrinsic dimension of rows [n, d], by the distances of each to its two nearest others: where the density is
 * about constant, mu = r2 / r1 has the distribution F(mu) = 1 - mu^-dim, whatever the density, and the slope through
 * the origin of -log(1 - F) against log mu is the dimension.
 *
 * Source: Facco, d'Errico, Rodriguez and Laio, "Estimating the intrinsic dimension of datasets by a minimal
 * neighborhood information", 2017, arXiv 1803.06992.
 *
 * Gives undefined where fewer than 3 rows differ from all others, or all ratios are 1. Throws a RangeError where rows
 * are of another width, or not finite.
 */
export function twoNearest(
  data: Float32Array,
  dimension: number,
  { among = 2000, seed = 0, discarded = 0.1 }: TwoNearestOptions = {},
): IntrinsicDimension | undefined {
  const count = checkRows('twoNearest', data, dimension)
  if (!(Number.isSafeInteger(among) && among >= 3))
    throw new RangeError(`twoNearest: expected to be among a whole number of rows from 3; got ${among}`)
  if (!(discarded >= 0 && discarded < 1))
    throw new RangeError(`twoNearest: expected a share from 0 to below 1 to be discarded; got ${discarded}`)
  if (count < 3) return undefined
  const size = Math.min(among, count)
  const some = size < count ? drawn(data, dimension, size, seed) : data
  const rows = { data: Float64Array.from(some), n: size, d: dimension }
  const { squares: apart } = nearest(rows, rows, 2, true)
  const logs: number[] = []
  for (let row = 0; row < size; row += 1)
    if (apart[2 * row]! > 0) logs.push(Math.log(apart[2 * row + 1]! / apart[2 * row]!) / 2)
  logs.sort((a, b) => a - b)
  const [used, all] = [Math.floor(logs.length * (1 - discarded)), logs.length]
  let [products, squares] = [0, 0]
  // The last one of all would have F = 1 and no logarithm.
  for (let i = 0; i < Math.min(used, all - 1); i += 1) {
    products += logs[i]! * -Math.log1p(-(i + 1) / all)
    squares += logs[i]! ** 2
  }
  if (all < 3 || squares === 0) return undefined
  return { value: products / squares, rows: all, duplicates: size - all }
}

function drawn(data: Float32Array, dimension: number, size: number, seed: number): Float32Array {
  const random = randomFor('rows', seed)
  return rowsAt(
    data,
    dimension,
    distinct(data.length / dimension, size, () => random.uniform()),
  )
}
