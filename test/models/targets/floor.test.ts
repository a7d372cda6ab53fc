import { describe, expect, test } from 'vitest'
import {
  bayesFloor,
  entropy,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  logDensity,
  type Mixture,
  sample,
  velocity,
} from '../../../models/index.ts'
import { gaussLegendre, standardNormal } from '../../../models/targets/quadrature.ts'
import * as fc from '../../fc.ts'

/** The flow-matching loss of the exact velocity, by drawing t, x0 and y. */
const lossBySampling = (target: Mixture, n: number, seed: number): { mean: number; standardError: number } => {
  const random = hostRandom(seed)
  const d = target.means[0]!.length
  const data = sample(target, random, n)
  let [sum, squares] = [0, 0]
  for (let row = 0; row < n; row += 1) {
    const t = random.uniform()
    const y = data.subarray(row * d, (row + 1) * d)
    const noise = y.map(() => random.normal())
    const v = velocity(
      target,
      y.map((value, i) => (1 - t) * noise[i]! + t * value),
      t,
    )
    const loss = v.reduce((total, value, i) => total + (value - (y[i]! - noise[i]!)) ** 2, 0)
    sum += loss
    squares += loss * loss
  }
  const mean = sum / n
  return { mean, standardError: Math.sqrt((squares / n - mean * mean) / n) }
}

describe('the Bayes floor', () => {
  test('of the five Gaussians is 2.548, to four digits and more', () => {
    const { value, error } = bayesFloor(fiveGaussians())
    expect(error).toBeLessThan(5e-5)
    expect(Math.abs(value - 2.547956)).toBeLessThan(5e-5)
  })

  test.each([
    ['five Gaussians', fiveGaussians()],
    ['two in 1-D, far apart, of unequal weight', gaussianMixture([[-2], [2]], 0.2, [1, 4])],
    [
      'three in 3-D, overlapping',
      gaussianMixture(
        [
          [0, 0, 0],
          [1, 0, 1],
          [0, 2, -1],
        ],
        0.7,
      ),
    ],
  ])('is the loss of the exact velocity over drawn pairs: %s', (_, target) => {
    const { mean, standardError } = lossBySampling(target, 100_000, 5)
    const { value, error } = bayesFloor(target)
    expect(standardError).toBeLessThan(0.01 * value)
    expect(error).toBeLessThan(standardError)
    expect(Math.abs(mean - value)).toBeLessThan(3 * standardError)
  })

  test('of one Gaussian is (pi / 2) s in every dimension, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 2 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        (mean, std) => {
          expect(bayesFloor(gaussianMixture([mean], std)).value).toBeCloseTo((Math.PI / 2) * std * mean.length, 10)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('is that of one Gaussian when all components are the same', () => {
    const same = gaussianMixture(
      [
        [1, 2],
        [1, 2],
      ],
      0.5,
      [1, 2],
    )
    expect(bayesFloor(same).value).toBeCloseTo(Math.PI / 2, 10)
  })

  test('says what to do in more dimensions than quadrature can cover', () => {
    expect(() => bayesFloor(gaussianMixture([[0, 0, 0, 0]], 1))).toThrow('3 is the most; draw samples instead')
  })
})

describe('the alignment loss of one point under the exact velocity of N(m, s^2)', () => {
  const times = gaussLegendre(48)
  const noise = standardNormal(1, 0.5)
  /** L_align(y) = E ||v(x_t, t) - (y - x0)||^2 over t and x0, by quadrature. */
  const alignment = (target: Mixture, y: number): number =>
    times.points.reduce((sum, [t], n) => {
      const inner = noise.points.reduce((total, [x0], k) => {
        const v = velocity(target, [(1 - t!) * x0! + t! * y], t!)[0]!
        return total + noise.weights[k]! * (v - (y - x0!)) ** 2
      }, 0)
      return sum + times.weights[n]! * inner
    }, 0)

  const std = fc.double({ min: 0.2, max: 2, noNaN: true })
  const offset = fc.double({ min: -2, max: 2, noNaN: true })

  test('is (pi / 4) (s + delta^2 / s)', () => {
    fc.assert(
      fc.property(std, offset, offset, (s, mean, delta) => {
        const value = alignment(gaussianMixture([[mean]], s), mean + delta)
        const exact = (Math.PI / 4) * (s + (delta * delta) / s)
        expect(Math.abs(value - exact) / exact).toBeLessThan(1e-7)
      }),
    )
  })

  test('is (pi / 2) s on average over the data, which is the floor', () => {
    fc.assert(
      fc.property(std, offset, (s, mean) => {
        const target = gaussianMixture([[mean]], s)
        const average = noise.points.reduce(
          (sum, [z], k) => sum + noise.weights[k]! * alignment(target, mean + s * z!),
          0,
        )
        expect(average).toBeCloseTo((Math.PI / 2) * s, 7)
        expect(average).toBeCloseTo(bayesFloor(target).value, 7)
      }),
      { numRuns: 10 },
    )
  })
})

describe('entropy', () => {
  test('of one Gaussian is (d / 2) log(2 pi e s^2)', () => {
    const { value, error } = entropy(gaussianMixture([[3, -1]], 0.25))
    expect(error).toBeLessThan(1e-6)
    expect(value).toBeCloseTo(Math.log(2 * Math.PI * Math.E * 0.0625), 7)
  })

  test('of components that do not touch is theirs and that of the weights', () => {
    const { value } = entropy(gaussianMixture([[-100], [100]], 0.5, [1, 3]))
    const weights = -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75)
    expect(value).toBeCloseTo(weights + 0.5 * Math.log(2 * Math.PI * Math.E * 0.25), 7)
  })

  test('is the mean of -log p over samples', () => {
    const target = gaussianMixture(
      [
        [0, 0],
        [1, 0.5],
      ],
      0.4,
      [1, 2],
    )
    const n = 20_000
    const drawn = sample(target, hostRandom(9), n)
    const logs = Array.from({ length: n }, (_, row) => -logDensity(target, drawn.subarray(2 * row, 2 * row + 2)))
    const mean = logs.reduce((sum, log) => sum + log, 0) / n
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / n
    expect(Math.abs(mean - entropy(target).value)).toBeLessThan(3 * Math.sqrt(variance / n))
  })
})

test('Gauss-Legendre with n points is exact for polynomials of degree 2n - 1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (n) => {
      const { points, weights } = gaussLegendre(n)
      for (let degree = 0; degree < 2 * n; degree += 1) {
        const value = points.reduce((sum, [x], i) => sum + weights[i]! * x! ** degree, 0)
        expect(value).toBeCloseTo(1 / (degree + 1), 12)
      }
    }),
  )
})
