import { expect, test } from 'vitest'
import { diagonalGaussian, gaussianMixture, logDensity, velocity } from '../../../models/index.ts'
import { gaussLegendre, standardNormal } from '../../../models/targets/quadrature.ts'
import * as fc from '../../fc.ts'
import { drawn, losses, meanOf } from './sampled.ts'

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true })
const gaussian = fc
  .array(fc.tuple(number(-2, 2), number(0.2, 2), number(-3, 3)), { minLength: 1, maxLength: 2 })
  .map((axes) => ({
    target: diagonalGaussian(
      axes.map(([mean]) => mean),
      axes.map(([, std]) => std),
    ),
    y: axes.map(([, , y]) => y),
  }))

const times = gaussLegendre(40)

test('L_align is the mean of ||v* - u||^2 over t and x0, by quadrature with the exact velocity', () => {
  fc.assert(
    fc.property(gaussian, ({ target, y }) => {
      const noise = standardNormal(target.dimension, 0.7)
      const mean = times.points.reduce((sum, [t], k) => {
        const inner = noise.points.reduce((total, x0, n) => {
          const v = target.velocity(
            y.map((value, i) => (1 - t!) * x0[i]! + t! * value),
            t!,
          )
          return total + noise.weights[n]! * v.reduce((square, vi, i) => square + (vi - (y[i]! - x0[i]!)) ** 2, 0)
        }, 0)
        return sum + times.weights[k]! * inner
      }, 0)
      expect(Math.abs(mean / target.alignmentLoss(y) - 1)).toBeLessThan(1e-5)
    }),
    { numRuns: 30 },
  )
})

test('its mean over the data is (pi / 2) sum s, by quadrature, and C is minus the integral of the divergence', () => {
  fc.assert(
    fc.property(gaussian, ({ target }) => {
      const normal = standardNormal(target.dimension, 0.7)
      const mean = normal.points.reduce((sum, z, n) => {
        const y = target.mean.map((m, i) => m + target.stds[i]! * z[i]!)
        return sum + normal.weights[n]! * target.alignmentLoss(y)
      }, 0)
      expect(Math.abs(mean / target.bayesFloor().value - 1)).toBeLessThan(1e-6)
      const trace = times.points.reduce(
        (sum, [t], k) => sum + times.weights[k]! * target.divergence(target.mean, t!),
        0,
      )
      expect(Math.abs(target.meanContraction + trace)).toBeLessThan(1e-5)
      const information = normal.points.reduce((sum, z, n) => {
        const y = target.mean.map((m, i) => m + target.stds[i]! * z[i]!)
        return sum - normal.weights[n]! * target.logDensity(y)
      }, 0)
      expect(target.entropy().value).toBeCloseTo(information, 6)
    }),
    { numRuns: 30 },
  )
})

test('with equal stds it is the mixture of one Gaussian', () => {
  const target = diagonalGaussian([1, -2], [0.3, 0.3])
  const mixture = gaussianMixture([[1, -2]], 0.3)
  for (const t of [0, 0.4, 1]) {
    const [a, b] = [target.velocity([0.5, 0.25], t), velocity(mixture, [0.5, 0.25], t)]
    for (const i of [0, 1]) expect(a[i]).toBeCloseTo(b[i]!, 12)
  }
  expect(target.logDensity([0.5, 0.25])).toBeCloseTo(logDensity(mixture, [0.5, 0.25]), 12)
})

test('its samples have its entropy, and its velocity their floor', () => {
  const target = diagonalGaussian([1, -2, 0], [0.2, 1, 3])
  const information = meanOf(drawn(target, 10_000, 1).map((y) => -target.logDensity(y)))
  expect(Math.abs(information.mean - target.entropy().value)).toBeLessThan(3 * information.standardError)
  const loss = meanOf(losses(target, 10_000, 2))
  expect(Math.abs(loss.mean - target.bayesFloor().value)).toBeLessThan(3 * loss.standardError)
})

test('what is no Gaussian is refused', () => {
  expect(() => diagonalGaussian([], [])).toThrow('expected at least one dimension')
  expect(() => diagonalGaussian([0, 0], [1])).toThrow(
    'a standard deviation for each dimension of the mean; got 1 for 2',
  )
  expect(() => diagonalGaussian([0], [0])).toThrow('expected positive standard deviations; got [0]')
})
