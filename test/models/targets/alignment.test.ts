import { describe, expect, test } from 'vitest'
import {
  alignmentAt,
  alignmentLoss,
  alignmentMap,
  bayesFloor,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  logDensity,
  type Mixture,
  velocity,
  weightedAlignment,
} from '../../../models/index.ts'
import { standardNormal } from '../../../models/targets/quadrature.ts'
import * as fc from '../../fc.ts'
import { mixtureAndPoint, time } from './mixtures.ts'

const target = fiveGaussians()

/** E ||v* - (y - x0)||^2 as it is defined, by quadrature over x0. */
const byDefinition = (mixture: Mixture, y: readonly number[], t: number, spacing: number): number => {
  const { points, weights } = standardNormal(y.length, spacing)
  return points.reduce((sum, x0, n) => {
    const x = y.map((value, i) => (1 - t) * x0[i]! + t * value)
    const square = velocity(mixture, x, t).reduce((total, v, i) => total + (v - (y[i]! - x0[i]!)) ** 2, 0)
    return sum + weights[n]! * square
  }, 0)
}

describe('the alignment loss at one time', () => {
  test.each([
    [1, 0.05, 40],
    [2, 0.2, 12],
  ])('is the mean of ||v* - u||^2 over the noise, in %i-D', (d, spacing, numRuns) => {
    fc.assert(
      fc.property(mixtureAndPoint(d), time, ({ target: mixture, x: y }, t) => {
        const exact = byDefinition(mixture, y, t, spacing)
        expect(Math.abs(alignmentAt(mixture, y, t, { spacing }) - exact) / exact).toBeLessThan(1e-5)
      }),
      { numRuns },
    )
  })

  test('is d at t = 1, where only the noise is unknown, and the distance to the mean of the data and its own at t = 0', () => {
    expect(alignmentAt(target, [0.3, -2], 1)).toBeCloseTo(2, 12)
    expect(alignmentAt(target, [0.3, -2], 0)).toBeCloseTo(0.3 ** 2 + 4, 12)
  })
})

describe('the alignment loss of a point', () => {
  test('is (pi / 4) (d s + ||y - m||^2 / s) for one Gaussian', () => {
    for (const [std, y] of [
      [0.2, [1, 0.5]],
      [1.5, [-2, 3]],
    ] as const) {
      const { value, error } = alignmentLoss(gaussianMixture([[1, 1]], std), y)
      const exact = (Math.PI / 4) * (2 * std + ((y[0] - 1) ** 2 + (y[1] - 1) ** 2) / std)
      expect(Math.abs(value - exact)).toBeLessThan(1e-6)
      expect(error).toBeLessThan(1e-6)
    }
  })

  test('is the mean over drawn t and x0', () => {
    const y = [1.2, 0.3]
    const random = hostRandom(4)
    const n = 10_000
    const losses = Array.from({ length: n }, () => {
      const t = random.uniform()
      const x0 = [random.normal(), random.normal()]
      const v = velocity(target, [(1 - t) * x0[0]! + t * y[0]!, (1 - t) * x0[1]! + t * y[1]!], t)
      return (v[0]! - y[0]! + x0[0]!) ** 2 + (v[1]! - y[1]! + x0[1]!) ** 2
    })
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / n
    const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / n
    const { value, error } = alignmentLoss(target, y)
    expect(error).toBeLessThan(1e-6)
    expect(Math.abs(value - mean)).toBeLessThan(3 * Math.sqrt(variance / n))
  })

  test('is 2.548 on average over the five Gaussians, the Bayes floor', () => {
    // The target is its own image under the rotations that take one component to another, and this one's under the
    // reflection at the first axis.
    const { points, weights } = standardNormal(2, 0.9)
    const [m0, m1] = target.means[0] as [number, number]
    const average = points.reduce((sum, [a, b], n) => {
      if (b! < 0) return sum
      const y = [m0 + target.std * a!, m1 + target.std * b!]
      return sum + (b! > 0 ? 2 : 1) * weights[n]! * alignmentLoss(target, y, { times: 20, spacing: 0.5 }).value
    }, 0)
    expect(Math.abs(average - 2.548)).toBeLessThan(5e-4)
    expect(Math.abs(average - bayesFloor(target).value)).toBeLessThan(2e-4)
  })

  test('of a point or a time that does not fit is refused', () => {
    expect(() => alignmentLoss(target, [1, 2, 3])).toThrow('expected a point of 2 numbers')
    expect(() => alignmentAt(target, [1, 2], 1.5)).toThrow('expected a time from 0 (noise) to 1 (data); got 1.5')
  })
})

test.each([
  ['at a mode', [1.40028, 0]],
  ['on its flank', [1.2, 0.3]],
  ['between modes', [0.5, 0.7]],
  ['in the middle', [0, 0]],
  ['outside', [2, 1]],
])('under the weight t / (1 - t) the excess of the alignment loss is -log p(y), in nats: %s', (_, y) => {
  const { value, error } = weightedAlignment(target, y, { times: 36, spacing: 0.25 })
  expect(error).toBeLessThan(1e-3)
  expect(Math.abs(value + logDensity(target, y))).toBeLessThan(1e-5)
})

test('the weighted integrand is the difference that it stands for', () => {
  // By the definition of its parts, by the midpoint rule, which stays away from t = 1.
  const mixture = gaussianMixture([[0.5], [-1]], 0.3, [1, 2])
  const integral = (from: (t: number) => number): number => {
    let sum = 0
    for (let n = 0; n < 400; n += 1) sum += from((n + 0.5) / 400) / 400
    return sum
  }
  const y = [0.2]
  const sum = integral((t) => (t / (1 - t)) * (byDefinition(mixture, y, t, 0.1) - 1 / ((1 - t) ** 2 + t * t)))
  expect(0.5 * Math.log(2 * Math.PI * Math.E) + sum).toBeCloseTo(-logDensity(mixture, y), 3)
})

test('a map of points has the same values, nearly, by its coarse rule, and exactly by the same one', () => {
  const random = hostRandom(11)
  const points = Float64Array.from({ length: 24 }, () => 1.1 * random.normal())
  const rule = { times: 20, spacing: 0.4 }
  const [coarse, same] = [alignmentMap(target, points), alignmentMap(target, points, rule)]
  for (let i = 0; i < 12; i += 1) {
    const y = points.subarray(2 * i, 2 * i + 2)
    expect(same.loss[i]).toBeCloseTo(alignmentLoss(target, y, rule).value, 10)
    expect(same.weighted[i]).toBeCloseTo(weightedAlignment(target, y, rule).value, 10)
    expect(Math.abs(coarse.loss[i]! - alignmentLoss(target, y).value)).toBeLessThan(2e-3)
    const nll = -logDensity(target, y)
    expect(Math.abs(coarse.weighted[i]! - nll)).toBeLessThan(1e-3 * (1 + Math.abs(nll)))
  }
})
