import { type Features, hostRandom } from '../../../models/index.ts'
import * as fc from '../../fc.ts'

/** Independent normal features, each of a scale and mean of its own, mixed with their neighbours. */
export function drawn<F extends number>(rows: number, dimension: F, seed: number): Features<F> {
  const random = hostRandom(seed)
  const scales = Array.from({ length: dimension }, () => 0.2 + random.uniform() * 3)
  const means = Array.from({ length: dimension }, () => 4 * random.normal())
  const data = new Float32Array(rows * dimension)
  for (let at = 0; at < data.length; at += dimension) {
    let before = 0
    for (let i = 0; i < dimension; i += 1) {
      const value = scales[i]! * random.normal()
      data[at + i] = means[i]! + value + before / 2
      before = value
    }
  }
  return { data, dimension }
}

/** Normal features of one scale, in which no direction is another. */
export function isotropic<F extends number>(rows: number, dimension: F, seed: number): Features<F> {
  const random = hostRandom(seed)
  return { data: Float32Array.from({ length: rows * dimension }, () => random.normal()), dimension }
}

export const seeds: fc.Arbitrary<number> = fc.nat(1_000_000)

/** Rows, features, latent dimensions no more than those, and a seed. */
export const problems: fc.Arbitrary<{
  readonly rows: number
  readonly featureDim: number
  readonly latentDim: number
  readonly seed: number
}> = fc.integer({ min: 1, max: 12 }).chain((featureDim) =>
  fc.record({
    rows: fc.integer({ min: featureDim + 2, max: 90 }),
    featureDim: fc.constant(featureDim),
    latentDim: fc.integer({ min: 1, max: featureDim }),
    seed: seeds,
  }),
)

/** A^T A of a matrix [rows, columns]. */
export function gram(matrix: ArrayLike<number>, rows: number, columns: number): number[][] {
  return Array.from({ length: columns }, (_, i) =>
    Array.from({ length: columns }, (_, j) => {
      let sum = 0
      for (let row = 0; row < rows; row += 1) sum += matrix[row * columns + i]! * matrix[row * columns + j]!
      return sum
    }),
  )
}

export const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)))

/** The greatest difference between two matrices. */
export const apart = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number =>
  Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))))

/** The mean of ||y||^2 of rows. */
export const secondMoment = (rows: Float32Array, width: number): number =>
  rows.reduce((sum, value) => sum + value * value, 0) / (rows.length / width)
