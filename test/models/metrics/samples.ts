import { type HostRandom, hostRandom, type Points } from '../../../models/index.ts'
import * as fc from '../../fc.ts'

/** n points of N(mean, std^2) per dimension, in float64. */
export const gaussianPoints = (
  n: number,
  mean: readonly number[],
  std: number | readonly number[],
  random: HostRandom,
): Points => {
  const d = mean.length
  const width = (axis: number): number => (typeof std === 'number' ? std : std[axis]!)
  const data = Float64Array.from({ length: n * d }, (_, i) => mean[i % d]! + width(i % d) * random.normal())
  return { data, dimension: d }
}

/** The points moved by `by`, one number for each dimension. */
export const moved = ({ data, dimension }: Points, by: readonly number[]): Points => ({
  data: Float64Array.from(data, (value, i) => value + by[i % dimension]!),
  dimension,
})

/** Points in two dimensions turned around the origin. */
export const turned = ({ data }: Points, angle: number): Points => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)]
  const turn = (x: number, y: number, axis: number): number => (axis === 0 ? c * x - s * y : s * x + c * y)
  return {
    data: Float64Array.from(data, (_, i) => turn(data[i - (i % 2)]!, data[i - (i % 2) + 1]!, i % 2)),
    dimension: 2,
  }
}

/** The points in another order, of the seed. */
export const shuffled = (points: Points, seed: number): Points => {
  const random = hostRandom(seed)
  const rows = rowsOfPoints(points)
  const order = rows.map((row) => ({ row, key: random.uniform() })).sort((a, b) => a.key - b.key)
  return { data: order.flatMap(({ row }) => row), dimension: points.dimension }
}

/** Each point as an array. */
export const rowsOfPoints = ({ data, dimension }: Points): number[][] =>
  Array.from({ length: data.length / dimension }, (_, i) =>
    Array.from({ length: dimension }, (_, axis) => data[i * dimension + axis]!),
  )

export const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!))

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** `least` to `most` points in d dimensions, of multiples of 2^-12, so that moving them loses nothing. */
export const somePoints = (d: number, least = 2, most = 12): fc.Arbitrary<Points> =>
  fc
    .array(
      fc.integer({ min: -12_288, max: 12_288 }).map((value) => value / 4096),
      {
        minLength: least * d,
        maxLength: most * d,
      },
    )
    .map((data) => ({ data: data.slice(0, data.length - (data.length % d)), dimension: d }))
