import { describe, expect, test } from 'vitest'
import {
  effectiveModes,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  modesOf,
  outlierRadius,
  samplerOf,
} from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { mixtureAndPoint } from '../targets/mixtures.ts'
import { average, gaussianPoints, rowsOfPoints, shuffled } from './samples.ts'

const target = fiveGaussians()
const sampler = samplerOf(target)

describe('modes', () => {
  test('are those of greatest probability, or of the nearest mean', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), ({ target: mixture, x }) => {
        const squares = mixture.means.map((mean) => mean.reduce((sum, m, i) => sum + (x[i]! - m) ** 2, 0))
        const joint = mixture.weights.map((w, k) => w * Math.exp(-squares[k]! / (2 * mixture.std ** 2)))
        fc.pre(Math.max(...joint) > 1e-200)
        const mode = (assign: 'likely' | 'nearest'): number =>
          modesOf({ data: x, dimension: 2 }, mixture, { assign, radius: 1e9 }).assignment[0]!
        expect(joint[mode('likely')]).toBeCloseTo(Math.max(...joint), 12)
        expect(squares[mode('nearest')]).toBe(Math.min(...squares))
      }),
    )
  })

  test('of samples of the target: all hit, about as often as their weights, a std ratio of 1 and hardly an outlier', () => {
    const many = modesOf(sampler(hostRandom(1), 10_000), target)
    for (const count of many.counts) expect(Math.abs(count - 2000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.2 * 0.8))
    expect(many.hit).toBe(5)
    expect(many.effectiveModes).toBeCloseTo(5, 1)
    // The ratio has a standard deviation of 1 / sqrt(2 d n).
    expect(Math.abs(many.stdRatio - 1)).toBeLessThan(4 / Math.sqrt(40_000))
    expect(many.outliers).toBeLessThan(8e-4)
  })

  test('do not change with the order of the points', () => {
    const points = sampler(hostRandom(2), 100)
    const { assignment: _, ...modes } = modesOf(points, target)
    const { assignment: __, ...after } = modesOf(shuffled(points, 1), target)
    expect(after).toEqual({ ...modes, stdRatio: expect.closeTo(modes.stdRatio, 10) })
  })

  test('the std ratio is that of the points, whatever lies far off', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.integer({ min: 0, max: 9 }), (shrink, seed) => {
        const random = hostRandom(seed)
        const rows = target.means.flatMap((mean) => rowsOfPoints(gaussianPoints(60, mean, shrink * target.std, random)))
        const far = Array.from({ length: 30 }, () => [20 + random.normal(), random.normal()])
        const modes = modesOf({ data: [...rows, ...far].flat(), dimension: 2 }, target)
        expect(Math.abs(modes.stdRatio / shrink - 1)).toBeLessThan(4.5 / Math.sqrt(4 * 295))
        expect(modes.outliers).toBeCloseTo(30 / 330, 2)
        expect(modes.hit).toBe(5)
      }),
      { numRuns: 20 },
    )
  })

  test('where every point is an outlier there are none', () => {
    const away = modesOf({ data: [30, 30, 40, 40], dimension: 2 }, target)
    expect(away).toMatchObject({ hit: 0, effectiveModes: 0, stdRatio: Number.NaN, outliers: 1 })
    expect([...away.assignment]).toEqual([-1, -1])
  })

  test.each([1, 2, 3, 8, 32])('outliers are one sample in 10,000, in %i dimensions', (d) => {
    const single = gaussianMixture([Array.from({ length: d }, () => 0)], 0.5)
    const n = Math.ceil(120_000 / d)
    const { outliers } = modesOf(samplerOf(single)(hostRandom(d), n), single)
    // The radius is an approximation: from half to twice as many, and the noise of a count.
    expect(outliers * n).toBeLessThan(2 * (n / 1e4) + 4 * Math.sqrt(n / 1e4) + 2)
    expect(outlierRadius(d)).toBeGreaterThan(Math.sqrt(d))
  })

  test('of points of another space are refused', () => {
    expect(() => modesOf({ data: [1], dimension: 1 }, target)).toThrow(
      'points of 2 dimensions, as the target has; got 1',
    )
    expect(() => modesOf({ data: [1, Number.NaN], dimension: 2 }, target)).toThrow('got NaN in point 0, dimension 1')
    expect(() => modesOf({ data: [1, 1], dimension: 2 }, target, { radius: 0 })).toThrow('a positive radius')
  })
})

describe('the effective number of modes', () => {
  test('is K when K have equally many, at most the number hit, and 0 of nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 9 }), (counts) => {
        const hit = counts.filter((count) => count > 0)
        const effective = effectiveModes(counts)
        expect(effective).toBeLessThan(hit.length + 1e-9)
        if (hit.length === 0) expect(effective).toBe(0)
        else expect(effective).toBeGreaterThan(1 - 1e-9)
        expect(effectiveModes(counts.map((count) => Number(count > 0)))).toBeCloseTo(hit.length, 10)
      }),
    )
    expect(effectiveModes([90, 10])).toBeCloseTo(Math.exp(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1)), 12)
    expect(average([effectiveModes([1, 1]), effectiveModes([1, 1, 1, 1])])).toBeCloseTo(3, 12)
  })
})
