import { describe, expect, test } from 'vitest'
import {
  energyDistance,
  hostRandom,
  type Metric,
  medianDistance,
  type Points,
  slicedWasserstein,
  squaredMmd,
  wassersteinPower,
} from '../../../models/index.ts'
import { decay } from '../../../models/metrics/decay.ts'
import * as fc from '../../fc.ts'
import { average, distance, gaussianPoints, moved, rowsOfPoints, shuffled, somePoints, turned } from './samples.ts'

/** The mean of f over all pairs of the two sets, or over pairs of different points of one. */
const overPairs = (a: number[][], b: number[][], f: (distance: number) => number, same = false): number =>
  average(a.flatMap((p, i) => b.filter((_, j) => !(same && i === j)).map((q) => f(distance(p, q)))))

const identity = (value: number): number => value
const bandwidths = [0.3, 0.5, 1, 2]

const metrics: readonly [string, Metric][] = [
  ['energy distance, U', (x, y) => energyDistance(x, y)],
  ['energy distance, V', (x, y) => energyDistance(x, y, { statistic: 'V' })],
  ['squared MMD', (x, y) => squaredMmd(x, y, { bandwidths })],
  ['squared MMD, bandwidths of the median', (x, y) => (medianDistance(x, y) === 0 ? 0 : squaredMmd(x, y))],
  ['sliced Wasserstein', (x, y) => slicedWasserstein(x, y, { projections: 8 })],
  ['sliced Wasserstein, p = 1', (x, y) => slicedWasserstein(x, y, { projections: 8, p: 1 })],
]

const pair = fc.integer({ min: 1, max: 3 }).chain((d) => fc.tuple(somePoints(d), somePoints(d)))

describe.each(metrics)('%s', (_, metric) => {
  test('is the same the other way round', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        expect(metric(x, y)).toBeCloseTo(metric(y, x), 10)
      }),
    )
  })

  test('does not change when both sets are moved, or their points put in another order', () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 0, max: 99 }), ([x, y], seed) => {
        const by = Array.from({ length: x.dimension }, (_, axis) => axis - 1.5)
        expect(metric(moved(x, by), moved(y, by))).toBeCloseTo(metric(x, y), 7)
        expect(metric(shuffled(x, seed), shuffled(y, seed + 1))).toBeCloseTo(metric(x, y), 10)
      }),
    )
  })

  test('refuses points that are none, with where they are and what to do', () => {
    const good: Points = { data: [0, 1, 2, 3, 4, 6], dimension: 2 }
    const bad =
      (data: number[], dimension: number): (() => number) =>
      () =>
        metric({ data, dimension }, good)
    expect(bad([0, 1, 2, Number.NaN], 2)).toThrow(
      /finite numbers in the first set; got NaN in point 1, dimension 1: a sol/,
    )
    expect(bad([], 2)).toThrow(/expected at least \d points? in the first set; got 0: draw more/)
    expect(bad([1, 2, 3], 2)).toThrow(
      'expected a multiple of 2 numbers in the first set, 2 for each point; got 3: check',
    )
    expect(bad([1, 2, 3], 1)).toThrow('the first set has 1 and the second set has 2: compare points of the same space')
    expect(bad([1, 2], 0)).toThrow('expected a dimension of at least 1 for the first set; got 0')
  })
})

describe('energy distance', () => {
  test('is the mean over pairs, by brute force', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const [a, b] = [rowsOfPoints(x), rowsOfPoints(y)]
        const across = 2 * overPairs(a, b, identity)
        const u = across - overPairs(a, a, identity, true) - overPairs(b, b, identity, true)
        const v = across - overPairs(a, a, identity) - overPairs(b, b, identity)
        expect(energyDistance(x, y)).toBeCloseTo(u, 10)
        expect(energyDistance(x, y, { statistic: 'V' })).toBeCloseTo(v, 10)
      }),
    )
  })

  test('V is never negative, and 0 of a set with itself; both do not change when the plane is turned', () => {
    fc.assert(
      fc.property(somePoints(2), somePoints(2), fc.double({ min: 0, max: 6, noNaN: true }), (x, y, angle) => {
        const v = energyDistance(x, y, { statistic: 'V' })
        expect(v).toBeGreaterThan(-1e-12)
        expect(energyDistance(x, x, { statistic: 'V' })).toBeCloseTo(0, 12)
        expect(energyDistance(turned(x, angle), turned(y, angle))).toBeCloseTo(energyDistance(x, y), 10)
        expect(energyDistance(turned(x, angle), turned(y, angle), { statistic: 'V' })).toBeCloseTo(v, 10)
      }),
    )
  })

  // E|N(c, v)| = sqrt(2 v / pi) exp(-c^2 / 2v) + c erf(c / sqrt(2 v)); for one distribution c = 0. The constants are of
  // c = 1, v = 1 + 0.25.
  test('between N(0, 1) and N(1, 1/4) is the closed form', () => {
    const random = hostRandom(1)
    const values = Array.from({ length: 60 }, () =>
      energyDistance(gaussianPoints(200, [0], 1, random), gaussianPoints(300, [1], 0.5, random)),
    )
    const erf = 0.6289066305 // erf(sqrt(0.4))
    const across = Math.sqrt(2.5 / Math.PI) * Math.exp(-0.4) + erf
    const exact = 2 * across - 2 / Math.sqrt(Math.PI) - 1 / Math.sqrt(Math.PI)
    expect(withinNoise(values, exact)).toBeLessThan(4)
  })
})

describe('squared MMD', () => {
  test('is the mean of the kernels over pairs, by brute force', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const [a, b] = [rowsOfPoints(x), rowsOfPoints(y)]
        const kernel = (apart: number): number => average(bandwidths.map((h) => Math.exp(-(apart ** 2) / (2 * h * h))))
        const exact = overPairs(a, a, kernel, true) + overPairs(b, b, kernel, true) - 2 * overPairs(a, b, kernel)
        expect(squaredMmd(x, y, { bandwidths })).toBeCloseTo(exact, 10)
      }),
    )
  })

  test('takes bandwidths from the median of all distances, so it has no units', () => {
    fc.assert(
      fc.property(pair, ([x, y]) => {
        const all = [...rowsOfPoints(x), ...rowsOfPoints(y)]
        const distances = all.flatMap((p, i) => all.slice(i + 1).map((q) => distance(p, q))).sort((a, b) => a - b)
        const middle = (distances.length - 1) / 2
        const median = (distances[Math.floor(middle)]! + distances[Math.ceil(middle)]!) / 2
        expect(medianDistance(x, y)).toBeCloseTo(median, 10)
        fc.pre(median > 1e-3)
        const wide = ({ data, dimension }: Points): Points => ({
          data: Float64Array.from(data, (z) => 8 * z),
          dimension,
        })
        expect(squaredMmd(wide(x), wide(y))).toBeCloseTo(squaredMmd(x, y), 10)
      }),
    )
  })

  test('refuses bandwidths that are none, and says which to give where no median is', () => {
    const x: Points = { data: [1, 1, 1, 1], dimension: 1 }
    expect(() => squaredMmd(x, x)).toThrow('the median distance is 0, as most points are equal, so no bandwidth')
    expect(() => squaredMmd(x, x, { bandwidths: [1, 0] })).toThrow('at least one bandwidth, all positive; got [1, 0]')
    expect(() => squaredMmd({ data: [1], dimension: 1 }, x)).toThrow('at least 2 points in the first set; got 1')
  })

  test('its exponential has 15 digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 161, noNaN: true }), (x) => {
        expect(Math.abs(decay(x) / Math.exp(-x) - 1)).toBeLessThan(2e-15)
      }),
    )
    expect([decay(0), decay(162), decay(1e300)]).toEqual([1, 0, 0])
  })
})

test.each([metrics[0]!, metrics[2]!])('%s is 0 on average over samples of one distribution', (_, metric) => {
  const random = hostRandom(2)
  const values = Array.from({ length: 100 }, () =>
    metric(gaussianPoints(20, [0, 1], 1, random), gaussianPoints(30, [0, 1], 1, random)),
  )
  expect(withinNoise(values, 0)).toBeLessThan(4)
})

describe('Wasserstein', () => {
  test('between numbers is the best matching: that of the sorted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(reals, reals), { minLength: 1, maxLength: 9 }),
        fc.constantFrom(1, 2, 3),
        (pairs, p) => {
          const [x, y] = [0, 1].map((k) => Float64Array.from(pairs, (both) => both[k as 0 | 1]).sort())
          const exact = average(pairs.map((_, i) => Math.abs(x![i]! - y![i]!) ** p))
          expect(wassersteinPower(x!, y!, p)).toBeCloseTo(exact, 10)
        },
      ),
    )
  })

  test('between sets of unequal size is that between their copies, n of one and m of the other', () => {
    fc.assert(
      fc.property(numbers, numbers, (x, y) => {
        const copies = (of: number[], times: number): Float64Array =>
          Float64Array.from(of.flatMap((value) => Array.from({ length: times }, () => value))).sort()
        const [a, b] = [copies(x, y.length), copies(y, x.length)]
        const exact = average([...a].map((value, i) => (value - b[i]!) ** 2))
        expect(wassersteinPower(copies(x, 1), copies(y, 1), 2)).toBeCloseTo(exact, 10)
      }),
    )
  })

  test('a translation by c is c away in one dimension, and |c| / sqrt(d) in d, with p = 2', () => {
    const random = hostRandom(3)
    fc.assert(
      fc.property(somePoints(1), fc.integer({ min: -4, max: 4 }), (x, c) => {
        expect(slicedWasserstein(x, moved(x, [c]))).toBeCloseTo(Math.abs(c), 6)
      }),
    )
    const cloud = gaussianPoints(20, [0, 0, 0], 1, random)
    // E <theta, c>^2 = |c|^2 / d, with a standard error of 1% at 20,000 directions.
    const far = slicedWasserstein(cloud, moved(cloud, [2, 1, 2]), { projections: 20_000 })
    expect(Math.abs(far / (3 / Math.sqrt(3)) - 1)).toBeLessThan(0.02)
  })

  test('is 0 of a set with itself, and a function of the seed', () => {
    fc.assert(
      fc.property(somePoints(2), (x) => {
        expect(slicedWasserstein(x, x)).toBe(0)
      }),
    )
    const [x, y] = [1, 2].map((seed) => gaussianPoints(10, [0, 0], 1, hostRandom(seed))) as [Points, Points]
    expect(slicedWasserstein(x, y, { seed: 4 })).toBe(slicedWasserstein(x, y, { seed: 4 }))
    expect(slicedWasserstein(x, y, { seed: 4 })).not.toBe(slicedWasserstein(x, y, { seed: 5 }))
  })

  test('refuses a p below 1 and no projections', () => {
    const x: Points = { data: [1, 2], dimension: 1 }
    expect(() => slicedWasserstein(x, x, { p: 0.5 })).toThrow('expected a finite p of at least 1; got 0.5')
    expect(() => slicedWasserstein(x, x, { projections: 0 })).toThrow('expected at least one projection; got 0')
  })
})

const reals = fc.double({ min: -5, max: 5, noNaN: true })
const numbers = fc.array(reals, { minLength: 1, maxLength: 7 })

/** How many standard errors the mean of the values is from `exact`. */
function withinNoise(values: readonly number[], exact: number): number {
  const mean = average(values)
  const variance = average(values.map((value) => (value - mean) ** 2))
  return Math.abs(mean - exact) / Math.sqrt(variance / values.length)
}
