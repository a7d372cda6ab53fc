import { describe, expect, test } from 'vitest'
import {
  hostRandom,
  knnEntropy,
  knnLogDistance,
  knnLogDistanceWithin,
  type Points,
  precisionRecall,
} from '../../../models/index.ts'
import { digamma, logBallVolume } from '../../../models/metrics/knn.ts'
import * as fc from '../../fc.ts'
import { average, distance, gaussianPoints, moved, rowsOfPoints, shuffled, somePoints, turned } from './samples.ts'

/** The distance from `to` to the k-th nearest of `among`, by sorting. */
const kth = (to: readonly number[], among: number[][], k: number): number =>
  among.map((row) => distance(row, to)).sort((a, b) => a - b)[k - 1]!

const others = (rows: number[][], i: number): number[][] => rows.filter((_, j) => j !== i)

const pair = fc.integer({ min: 1, max: 3 }).chain((d) => fc.tuple(somePoints(d, 5), somePoints(d, 5)))
const neighbour = fc.integer({ min: 1, max: 4 })

describe('the log distance to the k-th neighbour', () => {
  test('is what sorting all distances gives, among a reference and among the others of a set', () => {
    fc.assert(
      fc.property(pair, neighbour, ([x, y], k) => {
        const [a, b] = [rowsOfPoints(x), rowsOfPoints(y)]
        const across = average(a.map((row) => Math.log(kth(row, b, k))))
        const within = average(a.map((row, i) => Math.log(kth(row, others(a, i), k))))
        expect(knnLogDistance(x, y, { k })).toMatchObject({ value: near(across), k })
        expect(knnLogDistanceWithin(x, { k })).toMatchObject({ value: near(within), k })
      }),
    )
  })

  test('does not change when all is moved, turned, or put in another order', () => {
    const [x, y] = [1, 2].map((seed) => gaussianPoints(30, [0, 0], 1, hostRandom(seed))) as [Points, Points]
    const { value, standardError } = knnLogDistance(x, y)
    for (const change of [
      (points: Points) => moved(points, [3, -1]),
      (points: Points) => turned(points, 1),
      (points: Points) => shuffled(points, 3),
    ]) {
      const after = knnLogDistance(change(x), change(y))
      expect(after.value).toBeCloseTo(value, 10)
      expect(after.standardError).toBeCloseTo(standardError, 10)
    }
  })

  test('is -Infinity of points that are those of the reference, one neighbour each', () => {
    const x: Points = { data: [1, 2, 4], dimension: 1 }
    expect(knnLogDistance(x, x, { k: 1 }).value).toBe(Number.NEGATIVE_INFINITY)
    expect(knnLogDistance(x, x, { k: 2 }).value).toBeCloseTo(Math.log(2) / 3, 12)
  })

  test('needs k candidates', () => {
    const x: Points = { data: [1, 2, 4], dimension: 1 }
    expect(() => knnLogDistance(x, x)).toThrow(
      'expected at least 5 candidates for the k-th neighbour in the reference, k = 5; got 3: draw more points, or take a smaller k',
    )
    expect(() => knnLogDistanceWithin(x, { k: 3 })).toThrow('in the other points, k = 3; got 2')
    expect(() => knnEntropy(x, { k: 0 })).toThrow('expected a whole number k of at least 1; got 0')
    expect(() => knnEntropy({ data: [1], dimension: 1 })).toThrow('expected at least 2 points in the points; got 1')
  })
})

describe('the entropy by neighbours', () => {
  test.each([
    [1, 1],
    [2, 1],
    [2, 5],
    [3, 3],
  ])('of a Gaussian in %i dimensions is (d / 2) log(2 pi e s^2), with k = %i', (d, k) => {
    const random = hostRandom(d)
    const std = 0.3
    const exact = (d / 2) * Math.log(2 * Math.PI * Math.E * std * std)
    const estimates = Array.from({ length: 10 }, () =>
      knnEntropy(
        gaussianPoints(
          400,
          Array.from({ length: d }, () => 1),
          std,
          random,
        ),
        { k },
      ),
    )
    const error = average(estimates.map(({ standardError }) => standardError))
    // The bias at 400 points is about 0.03 d nats at most in these dimensions.
    expect(Math.abs(average(estimates.map(({ value }) => value)) - exact)).toBeLessThan(
      (4 * error) / Math.sqrt(10) + 0.03 * d,
    )
    expect(error).toBeLessThan(0.15)
  })

  test('rises by d log c when space is stretched by c', () => {
    fc.assert(
      fc.property(somePoints(2, 5), fc.integer({ min: 1, max: 5 }), (x, c) => {
        fc.pre(Number.isFinite(knnEntropy(x, { k: 3 }).value))
        const stretched = { data: Float64Array.from(x.data, (value) => c * value), dimension: 2 }
        expect(knnEntropy(stretched, { k: 3 }).value).toBeCloseTo(knnEntropy(x, { k: 3 }).value + 2 * Math.log(c), 10)
      }),
    )
  })

  test('uses the digamma function and the volume of the ball', () => {
    expect(digamma(1)).toBeCloseTo(-0.5772156649, 10)
    expect(digamma(10)).toBeCloseTo(2.2517525891, 9)
    const volumes = [2, Math.PI, (4 / 3) * Math.PI, Math.PI ** 2 / 2, (8 / 15) * Math.PI ** 2]
    for (const [i, volume] of volumes.entries()) expect(logBallVolume(i + 1)).toBeCloseTo(Math.log(volume), 12)
  })
})

describe('precision and recall', () => {
  test('are the shares inside of balls, by brute force', () => {
    fc.assert(
      fc.property(pair, neighbour, ([x, y], k) => {
        const [a, b] = [rowsOfPoints(x), rowsOfPoints(y)]
        const share = (rows: number[][], base: number[][]): number => {
          const radii = base.map((row, i) => kth(row, others(base, i), k))
          // A point at the edge of a ball may be on either side of it, by rounding.
          fc.pre(rows.every((row) => base.every((at, j) => Math.abs(distance(row, at) - radii[j]!) > 1e-9)))
          return rows.filter((row) => base.some((at, j) => distance(row, at) < radii[j]!)).length / rows.length
        }
        expect(precisionRecall(x, y, { k })).toEqual({ precision: share(a, b), recall: share(b, a), k })
      }),
    )
  })

  test('of a set with itself are 1, and change places with the sets', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        expect(precisionRecall(x, x)).toEqual({ precision: 1, recall: 1, k: 3 })
        const { precision, recall, k } = precisionRecall(x, y)
        expect(precisionRecall(y, x)).toEqual({ precision: recall, recall: precision, k })
      }),
    )
  })

  test('tell points that cover a part from points that are nowhere', () => {
    const reference = gaussianPoints(300, [0, 0], 1, hostRandom(1))
    const narrow = precisionRecall(gaussianPoints(300, [0, 0], 0.2, hostRandom(2)), reference)
    expect(narrow.precision).toBeGreaterThan(0.95)
    expect(narrow.recall).toBeLessThan(0.2)
    const away = moved(reference, [50, 0])
    expect(precisionRecall(away, reference)).toEqual({ precision: 0, recall: 0, k: 3 })
  })
})

const near = (value: number): unknown => (Number.isFinite(value) ? expect.closeTo(value, 10) : value)
