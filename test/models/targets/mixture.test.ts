import { describe, expect, test } from 'vitest'
import {
  divergence,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  logDensity,
  type Mixture,
  marginal,
  sample,
  secondMoment,
  velocities,
  velocity,
} from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { mixtureAndPoint, time } from './mixtures.ts'

/** All points of a grid of n points an axis on [-reach, reach]^d, and the volume of a cell. */
const grid = (d: number, reach: number, n: number): { points: number[][]; cell: number } => {
  const step = (2 * reach) / (n - 1)
  let points: number[][] = [[]]
  for (let axis = 0; axis < d; axis += 1) {
    points = points.flatMap((point) => Array.from({ length: n }, (_, i) => [...point, i * step - reach]))
  }
  return { points, cell: step ** d }
}

const density = ({ weights, means, std }: Mixture, y: readonly number[]): number =>
  means.reduce((sum, mean, k) => {
    const square = mean.reduce((total, m, i) => total + (y[i]! - m) ** 2, 0)
    return sum + weights[k]! * Math.exp(-square / (2 * std * std)) * (2 * Math.PI * std * std) ** (-y.length / 2)
  }, 0)

/** E[y - x0 | x_t = x] by Bayes' rule and a sum over y: x0 = (x - t y) / (1 - t) is standard normal. */
const conditionalMean = (target: Mixture, x: readonly number[], t: number, points: number[][]): number[] => {
  const sum = x.map(() => 0)
  let mass = 0
  for (const y of points) {
    const noise = x.map((xi, i) => (xi - t * y[i]!) / (1 - t))
    const weight = density(target, y) * Math.exp(-noise.reduce((total, z) => total + z * z, 0) / 2)
    mass += weight
    for (const i of sum.keys()) sum[i]! += weight * (y[i]! - noise[i]!)
  }
  return sum.map((value) => value / mass)
}

const derivative = (f: (x: number[]) => number, x: readonly number[], axis: number, h = 1e-4): number => {
  const moved = (by: number): number[] => x.map((value, i) => (i === axis ? value + by : value))
  return (8 * (f(moved(h)) - f(moved(-h))) - (f(moved(2 * h)) - f(moved(-2 * h)))) / (12 * h)
}

/** |a - b| against the size of the two. */
const relative = (a: number, b: number): number => Math.abs(a - b) / (1 + Math.abs(a) + Math.abs(b))

describe('velocity', () => {
  test.each([
    [1, 1201, 60],
    [2, 161, 12],
  ])('is the conditional mean of y - x0, found by quadrature in %i-D', (d, n, numRuns) => {
    const { points } = grid(d, 12, n)
    fc.assert(
      fc.property(mixtureAndPoint(d), time, ({ target, x }, t) => {
        // The grid resolves a std of its spacing: 0.02 in 1-D, 0.15 in 2-D, where the posterior of y has variance s^2
        // (1 - t)^2 / D.
        const width = (target.std * (1 - t)) / Math.hypot(1 - t, t * target.std)
        fc.pre(width > 24 / (n - 1))
        const brute = conditionalMean(target, x, t, points)
        for (const [i, v] of velocity(target, x, t).entries()) expect(relative(v, brute[i]!)).toBeLessThan(1e-6)
      }),
      { numRuns },
    )
  })

  test('gives the score of x_t: (t v - x) / (1 - t) is the gradient of log p_t', () => {
    fc.assert(
      fc.property(mixtureAndPoint(3), time, ({ target, x }, t) => {
        const v = velocity(target, x, t)
        for (const i of x.keys()) {
          const score = derivative((at) => logDensity(marginal(target, t), at), x, i)
          expect(relative((t * v[i]! - x[i]!) / (1 - t), score)).toBeLessThan(1e-6)
        }
      }),
    )
  })

  test('carries the noise to the data: d log p_t / dt + div v + v . grad log p_t = 0', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), time, ({ target, x }, t) => {
        const change = derivative(([at]) => logDensity(marginal(target, at!), x), [t], 0)
        const v = velocity(target, x, t)
        const along = x.map((_, i) => v[i]! * derivative((at) => logDensity(marginal(target, t), at), x, i))
        const flow = divergence(target, x, t) + along.reduce((sum, term) => sum + term, 0)
        expect(relative(change, -flow)).toBeLessThan(1e-5)
      }),
    )
  })

  test('points from the noise to the mean of the data at t = 0, and is x at t = 1 (where only the noise is unknown)', () => {
    fc.assert(
      fc.property(mixtureAndPoint(2), ({ target, x }) => {
        const start = velocity(target, x, 0)
        const end = velocity(target, x, 1)
        for (const i of x.keys()) {
          const mean = target.means.reduce((sum, m, k) => sum + target.weights[k]! * m[i]!, 0)
          expect(start[i]).toBeCloseTo(mean - x[i]!, 12)
          expect(end[i]).toBeCloseTo(x[i]!, 12)
        }
      }),
    )
  })

  test('of many points is that of each', () => {
    const target = fiveGaussians()
    const x = Float64Array.of(0.5, -1, 2, 0.25, 0, 0)
    const t = Float64Array.of(0, 0.5, 0.875)
    const each = [0, 1, 2].flatMap((n) => [...velocity(target, x.subarray(2 * n, 2 * n + 2), t[n]!)])
    expect([...velocities(target, x, t)]).toEqual(each)
  })
})

test('divergence is the trace of the derivative of the velocity, by finite differences', () => {
  fc.assert(
    fc.property(mixtureAndPoint(3), time, ({ target, x }, t) => {
      const trace = x.map((_, i) => derivative((at) => velocity(target, at, t)[i]!, x, i))
      expect(
        relative(
          divergence(target, x, t),
          trace.reduce((sum, term) => sum + term, 0),
        ),
      ).toBeLessThan(1e-6)
    }),
  )
})

test.each([1, 2])('the density integrates to 1 in %i-D', (d) => {
  const { points, cell } = grid(d, 12, 241)
  fc.assert(
    fc.property(mixtureAndPoint(d), ({ target }) => {
      const total = points.reduce((sum, x) => sum + Math.exp(logDensity(target, x)) * cell, 0)
      expect(total).toBeCloseTo(1, 6)
    }),
    { numRuns: 10 },
  )
})

test('log density stays exact where the density is below the least float', () => {
  const far = logDensity(gaussianMixture([[0], [1]], 0.1), [-50])
  const square = (z: number): number => (-z * z) / 2
  expect(far).toBeCloseTo(Math.log(0.5) + square(500) - Math.log(0.1 * Math.sqrt(2 * Math.PI)), 8)
})

describe('sample', () => {
  test('has the moments of the mixture', () => {
    const target = gaussianMixture(
      [
        [2, 0],
        [-1, 1],
      ],
      0.5,
      [1, 3],
    )
    const n = 40_000
    const drawn = sample(target, hostRandom(11), n)
    const mean = (f: (x: number, y: number) => number): number => {
      let sum = 0
      for (let row = 0; row < n; row += 1) sum += f(drawn[2 * row]!, drawn[2 * row + 1]!)
      return sum / n
    }
    // First and second moments: of the means, and s^2 where a coordinate meets itself. The bounds are about four
    // standard errors and more.
    const exact = { x: -0.25, y: 0.75, xx: 0.25 + 1.75, yy: 0.25 + 0.75, xy: -0.75 }
    expect(Math.abs(mean((x) => x) - exact.x)).toBeLessThan(0.03)
    expect(Math.abs(mean((_, y) => y) - exact.y)).toBeLessThan(0.03)
    expect(Math.abs(mean((x) => x * x) - exact.xx)).toBeLessThan(0.05)
    expect(Math.abs(mean((_, y) => y * y) - exact.yy)).toBeLessThan(0.03)
    expect(Math.abs(mean((x, y) => x * y) - exact.xy)).toBeLessThan(0.04)
    // Halfway is three standard deviations from both means.
    expect(Math.abs(mean((x) => (x > 0.5 ? 1 : 0)) - (0.25 * 0.99865 + 0.75 * 0.00135))).toBeLessThan(0.01)
  })

  test('is a function of the seed', () => {
    const target = fiveGaussians()
    expect(sample(target, hostRandom(3), 8)).toEqual(sample(target, hostRandom(3), 8))
    expect(sample(target, hostRandom(3), 8)).not.toEqual(sample(target, hostRandom(4), 8))
  })
})

test('the five Gaussians lie at radius 1.40028 with std 0.14003, and have second moment 2', () => {
  const { means, std, weights } = fiveGaussians()
  for (const mean of means) expect(Math.hypot(...mean)).toBeCloseTo(1.40028, 5)
  expect(means).toHaveLength(5)
  expect(std).toBeCloseTo(0.14003, 5)
  expect(weights).toEqual([0.2, 0.2, 0.2, 0.2, 0.2])
  expect(secondMoment(fiveGaussians())).toBeCloseTo(2, 12)
})

describe('gaussianMixture', () => {
  test('makes weights sum to 1', () => {
    expect(gaussianMixture([[0], [1]], 1, [1, 3]).weights).toEqual([0.25, 0.75])
  })

  test.each([
    ['no mean', () => gaussianMixture([], 1), 'expected at least one mean'],
    ['means of two lengths', () => gaussianMixture([[0], [1, 2]], 1), 'mean 0 has 1 numbers and mean 1 has 2'],
    ['too few weights', () => gaussianMixture([[0], [1]], 1, [1]), 'expected a weight for each mean; got 1 for 2'],
    ['a weight of 0', () => gaussianMixture([[0], [1]], 1, [1, 0]), 'expected positive weights; got [1, 0]'],
    ['a std of 0', () => gaussianMixture([[0]], 0), 'expected a positive standard deviation; got 0'],
    ['a std that is not a number', () => gaussianMixture([[0]], Number.NaN), 'got NaN'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
