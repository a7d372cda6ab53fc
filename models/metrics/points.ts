import { dimension, type Mixture, sample } from '../targets/mixture.ts'
import type { HostRandom } from '../targets/random.ts'

/** n points of d numbers, on the host: what every metric here takes. A `Float32Array` of samples does as it is. */
export interface Points {
  /** [n, d] row-major. */
  readonly data: ArrayLike<number>
  /** d. */
  readonly dimension: number
}

/** Draws n independent points of one distribution, and nothing else than `random` decides which. */
export type Sampler = (random: HostRandom, n: number) => Points

/** Samples of a mixture of Gaussians, as points. */
export const samplerOf =
  (target: Mixture): Sampler =>
  (random, n) => ({ data: sample(target, random, n), dimension: dimension(target) })

/** Points that have been looked at: at least as many as a metric needs, each number finite, in float64. */
export interface Rows {
  /** [n, d] row-major. */
  readonly data: Float64Array
  readonly n: number
  readonly d: number
}

/** `points` as rows, or an error that names the caller and which of its sets it was. */
export const rowsOf = ({ data, dimension: d }: Points, caller: string, name: string, atLeast = 1): Rows => {
  if (!(Number.isInteger(d) && d >= 1)) {
    throw new Error(
      `${caller}: expected a dimension of at least 1 for ${name}; got ${d}: give { data, dimension } with data [n, d] row-major`,
    )
  }
  if (data.length % d !== 0) {
    throw new Error(
      `${caller}: expected a multiple of ${d} numbers in ${name}, ${d} for each point; got ${data.length}: check its dimension, or whether rows were cut off`,
    )
  }
  const n = data.length / d
  if (n < atLeast) {
    throw new Error(
      `${caller}: expected at least ${atLeast} point${atLeast === 1 ? '' : 's'} in ${name}; got ${n}: draw more`,
    )
  }
  const rows = data instanceof Float64Array ? data : Float64Array.from(data)
  const odd = rows.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0) {
    throw new Error(
      `${caller}: expected finite numbers in ${name}; got ${rows[odd]} in point ${Math.floor(odd / d)}, dimension ${odd % d}: a solver or a training that diverged makes these, so look there before leaving the point out`,
    )
  }
  return { data: rows, n, d }
}

/** Both sets as rows, of one dimension. */
export const pairOf = (
  first: Points,
  second: Points,
  caller: string,
  names: readonly [string, string] = ['the first set', 'the second set'],
  atLeast = 1,
): readonly [Rows, Rows] => {
  const pair = [rowsOf(first, caller, names[0], atLeast), rowsOf(second, caller, names[1], atLeast)] as const
  if (pair[0].d !== pair[1].d) {
    throw new Error(
      `${caller}: expected two sets of one dimension; ${names[0]} has ${pair[0].d} and ${names[1]} has ${pair[1].d}: compare points of the same space`,
    )
  }
  return pair
}
