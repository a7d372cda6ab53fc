import { expect, test } from 'vitest'
import {
  bayesFloor,
  excessAt,
  excessOverFloor,
  fiveGaussians,
  flowPoints,
  gaussianMixture,
  secondMoment,
  velocities,
} from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { mixtureAndPoint } from '../targets/mixtures.ts'

const target = fiveGaussians()

test('the exact velocity has no excess', () => {
  const none = { value: 0, standardError: 0 }
  expect(excessOverFloor((x, t) => velocities(target, x, t), target, { points: 512 })).toEqual(none)
})

test('the exact velocity plus c has an excess of ||c||^2', () => {
  fc.assert(
    fc.property(mixtureAndPoint(2), ({ target: mixture, x: c }) => {
      const moved = excessOverFloor((x, t) => velocities(mixture, x, t).map((v, i) => v + c[i % 2]!), mixture, {
        points: 256,
      })
      expect(moved.value).toBeCloseTo(c[0]! ** 2 + c[1]! ** 2, 10)
      expect(moved.standardError).toBeLessThan(1e-12)
    }),
    { numRuns: 20 },
  )
})

// The loss of v = 0 is E||u||^2 = E||y||^2 + d, so that its excess is known.
test.each([
  ['five Gaussians', target],
  ['1-D', gaussianMixture([[-1], [2]], 0.5, [2, 1])],
  [
    '3-D',
    gaussianMixture(
      [
        [0, 0, 0],
        [1, 0, 1],
      ],
      0.4,
    ),
  ],
])('the loss of the zero velocity is its excess and the floor: %s', (_, mixture) => {
  const { value, standardError } = excessOverFloor((x) => new Float64Array(x.length), mixture)
  const exact = secondMoment(mixture) + mixture.means[0]!.length - bayesFloor(mixture).value
  expect(standardError).toBeLessThan(0.01 * exact)
  expect(Math.abs(value - exact)).toBeLessThan(3 * standardError)
})

test('the standard error says how far the value is off, over many seeds', () => {
  const exact = secondMoment(target) + 2 - bayesFloor(target).value
  const scores = Array.from({ length: 40 }, (_, seed) => {
    const { value, standardError } = excessOverFloor((x) => new Float64Array(x.length), target, { points: 1024, seed })
    return (value - exact) / standardError
  })
  // Student's t with 15 degrees of freedom has variance 15/13; 40 of them average to within 0.7 .. 1.9 of it.
  const spread = scores.reduce((sum, score) => sum + score * score, 0) / scores.length
  expect(spread).toBeGreaterThan(0.5)
  expect(spread).toBeLessThan(2.2)
})

test('the points are a function of the seed, and as many as asked for, in whole blocks', () => {
  const points = flowPoints(target, { points: 100, replicates: 8, seed: 1 })
  expect(points.t.length).toBe(104)
  expect(points.x.length).toBe(208)
  expect(points).toEqual(flowPoints(target, { points: 100, replicates: 8, seed: 1 }))
  expect(points.t).not.toEqual(flowPoints(target, { points: 100, replicates: 8, seed: 2 }).t)
  expect(points.t.every((t) => t > 0 && t < 1)).toBe(true)
})

test('velocities that do not fit, or are not numbers, are refused', () => {
  const points = flowPoints(target, { points: 32 })
  expect(() => excessAt(points, new Float64Array(32), target)).toThrow(
    'expected 64 numbers, one velocity for each of 32 points; got 32',
  )
  const v = velocities(target, points.x, points.t)
  v[7] = Number.NaN
  expect(() => excessAt(points, v, target)).toThrow(/the velocity at point 3 \(t = 0\.\d+\) is NaN/)
  expect(() => flowPoints(target, { replicates: 1 })).toThrow('expected at least 2 replicates')
})
