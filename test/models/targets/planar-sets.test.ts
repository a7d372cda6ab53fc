import { describe, expect, test } from 'vitest'
import { logDensity, planarSets, secondMoment, threeRings } from '../../../models/index.ts'
import { scaledBesselI0 } from '../../../models/targets/bessel.ts'
import { type NoisyCurves, noisyCurves } from '../../../models/targets/noisy-curves.ts'
import { arm, moons, rings, roll } from '../../../models/targets/planar-sets.ts'
import { isFull } from '../../full.ts'
import { drawn, losses, meanOf } from './sampled.ts'

type Name = keyof typeof planarSets

/** Components, entropy in nats, Bayes floor. */
const known: readonly (readonly [Name, number, number, number])[] = [
  ['fiveGaussians', 5, 0.515489, 2.54795],
  ['gaussianGrid', 16, 0.774181, 2.81271],
  ['twoMoons', 128, 1.686642, 2.7468],
  ['threeRings', 480, 1.797375, 3.01554],
  ['spiral', 512, 1.268867, 2.86002],
  ['swissRoll', 384, 1.350921, 2.86317],
]

describe.each(known)('%s', (name, components, entropy, floor) => {
  const target = planarSets[name]()
  const points = drawn(target, 4000, 3)

  test('has mean 0 and E||y||^2 = 2, of one std', () => {
    const { weights, means } = target.mixture
    expect(weights.length).toBe(components)
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
    for (const axis of [0, 1])
      expect(means.reduce((sum, mean, k) => sum + weights[k]! * mean[axis]!, 0)).toBeCloseTo(0, 12)
    expect(secondMoment(target.mixture)).toBeCloseTo(2, 12)
    const { mean, standardError } = meanOf(points.map((y) => y[0]! ** 2 + y[1]! ** 2))
    expect(Math.abs(mean - 2)).toBeLessThan(3.5 * standardError)
  })

  test('has the entropy that its samples have: the density is that of the sampler', () => {
    const { value, error } = target.entropy()
    expect(error).toBeLessThan(1e-7)
    expect(Math.abs(value - entropy)).toBeLessThan(1e-6)
    const { mean, standardError } = meanOf(points.map((y) => -target.logDensity(y)))
    expect(Math.abs(mean - value)).toBeLessThan(3.5 * standardError)
  })

  test('has a Bayes floor that is the loss of its velocity', () => {
    const { mean, standardError } = meanOf(losses(target, 4000, 5))
    expect(standardError).toBeLessThan(0.03 * floor)
    expect(Math.abs(mean - floor)).toBeLessThan(3.5 * standardError)
    // Some of these take seconds.
    if (components > 128 && !isFull) return
    const { value, error } = target.bayesFloor()
    expect(error).toBeLessThan(2e-5)
    expect(Math.abs(value - floor)).toBeLessThan(2e-5)
  })
})

/** log p(y) of the normalised set by the midpoint rule over the curves, with a hundred points a standard deviation. */
const byMidpoints = (set: NoisyCurves, y: ArrayLike<number>): number => {
  const { centre, scale } = noisyCurves(set).normalisation
  const n = 40_000
  let sum = 0
  for (const { weight, at, density } of set.curves) {
    for (let k = 0; k < n; k += 1) {
      const w = (k + 0.5) / n
      const [a, b] = at(w)
      const square = (scale * y[0]! + centre[0]! - a) ** 2 + (scale * y[1]! + centre[1]! - b) ** 2
      sum += ((weight * (density?.(w) ?? 1)) / n) * Math.exp(-square / (2 * set.std ** 2))
    }
  }
  return Math.log((sum * scale * scale) / (2 * Math.PI * set.std ** 2))
}

describe.each([moons, rings, arm, roll])('the mixture that stands for $name', (set) => {
  const coarse = noisyCurves(set)
  const fine = noisyCurves(set, 2)
  const points = drawn(coarse, 48, 1)

  test('is off by less than 1e-8 in the logarithm of the density, also three standard deviations away, and in velocity and divergence', () => {
    for (const [n, y] of points.entries()) {
      const off = [n % 2, (n >> 1) % 2].map((side) => (side - 0.5) * 6 * coarse.mixture.std)
      for (const at of [y, y.map((value, i) => value + off[i]!)])
        expect(Math.abs(coarse.logDensity(at) - fine.logDensity(at))).toBeLessThan(1e-8)
      for (const t of [0.5, 0.9, 0.98, 1]) {
        const x = y.map((value, i) => t * value + (1 - t) * ((n + 2 * i) % 4))
        for (const i of [0, 1]) expect(Math.abs(coarse.velocity(x, t)[i]! - fine.velocity(x, t)[i]!)).toBeLessThan(1e-8)
        expect(Math.abs(coarse.divergence(x, t) - fine.divergence(x, t))).toBeLessThan(1e-8)
      }
    }
  })

  test('has the density of the curve with noise', () => {
    for (const y of points.slice(0, 5)) expect(coarse.logDensity(y)).toBeCloseTo(byMidpoints(set, y), 6)
  })
})

test('the scalars are those of the true moments', () => {
  const of = (set: NoisyCurves) => noisyCurves(set).normalisation
  expect(of(moons).centre[0]).toBeCloseTo(0.5, 12)
  expect(of(moons).centre[1]).toBeCloseTo(0.25, 12)
  expect(2 * of(moons).scale ** 2).toBeCloseTo(21 / 16 - 1 / Math.PI + 0.02, 12)
  expect(2 * of(rings).scale ** 2).toBeCloseTo(14 / 3 + 0.02, 12)
  expect(of(arm).centre[0]).toBeCloseTo(1 / Math.PI, 12)
  expect(of(arm).centre[1]).toBeCloseTo(-2, 12)
  expect(2 * of(arm).scale ** 2).toBeCloseTo(8 * Math.PI ** 2 + 0.32 - 4 - 1 / Math.PI ** 2, 10)
  expect(of(roll).centre[0]).toBeCloseTo(2, 12)
  expect(of(roll).centre[1]).toBeCloseTo(2 / (3 * Math.PI), 12)
  expect(2 * of(roll).scale ** 2).toBeCloseTo(9.75 * Math.PI ** 2 + 0.5 - 4 - 4 / (9 * Math.PI ** 2), 10)
})

test('the rings have the density of the mixture, in closed form, and have it at 0 and far away', () => {
  const target = threeRings()
  for (const y of drawn(target, 200, 2))
    expect(Math.abs(target.logDensity(y) - logDensity(target.mixture, y))).toBeLessThan(1e-8)
  expect(target.logDensity([0, 0])).toBeCloseTo(logDensity(target.mixture, [0, 0]), 8)
  expect(Number.isFinite(target.logDensity([30, 40]))).toBe(true)
})

test('exp(-x) I_0(x) is (1 / pi) int_0^pi exp(x (cos a - 1)) da', () => {
  for (const x of [0, 1e-3, 0.7, 5, 19.9, 20.1, 50, 400]) {
    const n = 400
    let sum = 0
    for (let k = 0; k < n; k += 1) sum += Math.exp(x * (Math.cos(((k + 0.5) * Math.PI) / n) - 1)) / n
    expect(Math.abs(scaledBesselI0(x) / sum - 1)).toBeLessThan(1e-13)
  }
})
