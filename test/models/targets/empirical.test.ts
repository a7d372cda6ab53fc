import { expect, test } from 'vitest'
import { divergence, empirical, gaussianMixture, velocity } from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { mixtureAndPoint, time } from './mixtures.ts'
import { drawn, losses, meanOf } from './sampled.ts'

test('the flow of points is the limit of mixtures around them', () => {
  fc.assert(
    fc.property(mixtureAndPoint(2), time, ({ target: { means }, x }, t) => {
      const points = empirical(means)
      const narrow = gaussianMixture(means, 1e-6)
      for (const [i, v] of points.velocity(x, t).entries()) expect(v).toBeCloseTo(velocity(narrow, x, t)[i]!, 5)
      expect(points.divergence(x, t)).toBeCloseTo(divergence(narrow, x, t), 5)
    }),
  )
})

test('its velocity is (mu - x) / (1 - t), and takes x to the nearest point', () => {
  const points = empirical([Float32Array.of(0, 0), Float32Array.of(1, 0), Float32Array.of(0, 2)])
  const [x, t] = [[0.9, 0.1], 0.99]
  const v = points.velocity(x, t)
  for (const [i, value] of [1, 0].entries()) expect(x[i]! + (1 - t) * v[i]!).toBeCloseTo(value, 10)
})

test('is the conditional mean of the draws: no other has a lower loss', () => {
  const points = empirical([[0], [1], [4]])
  const loss = meanOf(losses(points, 20_000, 1, 0.9))
  const moved = { ...points, velocity: (x: ArrayLike<number>, t: number) => points.velocity(x, t).map((v) => v + 0.5) }
  const other = meanOf(losses(moved, 20_000, 1, 0.9))
  expect(Math.abs(other.mean - loss.mean - 0.25)).toBeLessThan(4 * loss.standardError)
  const counts = [0, 1, 4].map((value) => drawn(points, 3000, 2).filter(([y]) => y === value).length)
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(90)
})

test('where nothing is defined it says so', () => {
  const points = empirical([[0, 0]])
  expect(points.logDensity).toBeUndefined()
  expect(points.mixture).toBeUndefined()
  expect(() => points.velocity([0, 0], 1)).toThrow('expected a time from 0 up to but not 1; got 1')
  expect(() => points.divergence([0, 0], Number.NaN)).toThrow('or give them a width with gaussianMixture(points, std)')
  expect(() => empirical([])).toThrow('expected at least one point')
  expect(() => empirical([[0, 1], [2]])).toThrow('point 0 has 2 numbers and point 1 has 1')
  expect(() => empirical([[0, Number.NaN]])).toThrow('expected finite numbers; point 0 has NaN at 1')
})
