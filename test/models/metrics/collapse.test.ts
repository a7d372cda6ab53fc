import { beforeAll, describe, expect, test } from 'vitest'
import {
  type CollapseCheck,
  type CollapseInput,
  type CollapseRule,
  collapseAlarm,
  entropy,
  fiveGaussians,
  gaussianMixture,
  hostRandom,
  logDensity,
  type Mixture,
  type Points,
  samplerOf,
} from '../../../models/index.ts'
import { average } from './samples.ts'

const target = fiveGaussians()
const five = samplerOf(target)
const exact = entropy(target)

/** The target with modes that are narrower, or fewer. */
const altered = (change: Partial<Mixture>, seed: number, n = 300): Points =>
  samplerOf({ ...target, ...change })(hostRandom(seed), n)

const broken = (input: CollapseInput): readonly CollapseRule[] => collapseAlarm(input).findings.map(({ rule }) => rule)

// Over 600 seeds of each of seven targets, the one alarm of 4,200 was of a likelihood 4.3 errors too low, which is why
// its limit lies at 4.5.
describe.each([
  ['five modes apart', target, 250],
  ['overlapping modes of unequal weight, in 1-D', gaussianMixture([[0], [1], [1.5]], 0.7, [1, 2, 3]), 100],
])('200 samples of the target itself: %s', (_, mixture, seeds) => {
  const sampler = samplerOf(mixture)
  const known = entropy(mixture)
  let checks: readonly CollapseCheck[]
  beforeAll(() => {
    checks = Array.from({ length: seeds }, (_, seed) => {
      const points = sampler(hostRandom(seed), 200)
      const reference = sampler(hostRandom(10_000 + seed), 300)
      return collapseAlarm({ points, target: mixture, reference, entropy: known, margin: 0, seed }).checks
    }).flat()
  })

  test('break no rule, with no margin for any but noise', () => {
    expect(checks.length).toBe(4 * seeds)
    expect(checks.filter((check) => check.broken)).toEqual([])
  })

  test.each(['likelihood', 'mode width', 'neighbours'] as const)('have the noise in %s that the rule says', (rule) => {
    const scores = checks
      .filter((check) => check.rule === rule)
      .map((check) => (check.value - check.expected) / check.noise)
    const mean = average(scores)
    const std = Math.sqrt(average(scores.map((score) => (score - mean) ** 2)))
    expect(Math.abs(mean)).toBeLessThan(0.3)
    expect(std).toBeGreaterThan(0.8)
    expect(std).toBeLessThan(1.15)
  })

  test('never come near the bound on modes', () => {
    for (const { expected, limit, value } of checks.filter(({ rule }) => rule === 'modes')) {
      expect(value - limit).toBeGreaterThan(0.2 * (expected - limit))
    }
  })
})

describe('points that have collapsed', () => {
  test('to the middles of their modes are likelier, narrower and nearer than the target, in all modes', () => {
    for (const seed of [1, 2, 3]) {
      const found = broken({ points: altered({ std: target.std / 3 }, seed), target, entropy: exact })
      expect(found).toEqual(['likelihood', 'mode width', 'neighbours'])
    }
  })

  test('to four modes of five, as wide as they should be, miss a mode', () => {
    const points = altered({ means: target.means.slice(1), weights: [0.25, 0.25, 0.25, 0.25] }, 4)
    expect(broken({ points, target, entropy: exact })).toEqual(['modes'])
  })

  test('to one point break all rules', () => {
    const points: Points = { data: Array.from({ length: 400 }, (_, i) => target.means[0]![i % 2]!), dimension: 2 }
    expect(broken({ points, target, entropy: exact })).toEqual(['likelihood', 'mode width', 'modes', 'neighbours'])
  })

  test('are found by likelihoods alone, and by a reference alone', () => {
    const points = altered({ std: target.std / 2 }, 5)
    const data = Float64Array.from(points.data)
    const nlls = Array.from({ length: 300 }, (_, i) => -logDensity(target, data.subarray(2 * i, 2 * i + 2)))
    expect(broken({ nlls, entropy: exact.value })).toEqual(['likelihood'])
    expect(broken({ points, reference: five(hostRandom(6), 500) })).toEqual(['neighbours'])
  })

  test('onto the points of the reference are copies', () => {
    const reference = five(hostRandom(7), 200)
    const points: Points = { data: Array.from(reference.data).slice(0, 100), dimension: 2 }
    expect(broken({ points, reference, k: 1 })).toEqual(['neighbours'])
  })

  test('are within the margin while they are hardly narrower, however many there are', () => {
    const points = altered({ std: 0.97 * target.std }, 8, 4000)
    expect(collapseAlarm({ points, target, entropy: exact, repeats: 8 }).collapsed).toBe(false)
    expect(broken({ points, target, entropy: exact, repeats: 8, margin: 0 })).toContain('mode width')
  })

  test('say what was measured, what it means and what to try', () => {
    const { findings } = collapseAlarm({ points: altered({ std: target.std / 3 }, 1), target, entropy: exact })
    expect(findings[1]!.message).toMatch(
      /^The std of points within their modes over the true one is 0\.3\d+; samples of the target have \d[\d.]+, with a standard deviation of 0\.02\d+, and the limit is 0\.8\d+\. The points have gathered at the middle of modes\. Train with the difference of two velocities rather than the raw alignment loss, which is least where the target is densest; or give that loss a lower weight\.$/,
    )
    for (const { value, limit, expected, noise } of findings) {
      expect(value).toBeLessThan(limit)
      expect(expected - limit).toBeGreaterThan(3.9 * noise)
    }
  })
})

test('points far from all modes are said to be, and are not taken for narrow', () => {
  const points: Points = { data: Array.from({ length: 400 }, (_, i) => 30 + i), dimension: 2 }
  const { findings } = collapseAlarm({ points, target, entropy: exact })
  expect(findings.map(({ rule }) => rule)).toEqual(['modes'])
  expect(findings[0]!.message).toContain('(0 of 5 have any; 100.0% of points are far from all)')
})

test('the entropy is computed where it is not given, also where quadrature does not reach', () => {
  const checks = collapseAlarm({ points: five(hostRandom(1), 200), target }).checks
  expect(checks[0]!.expected).toBe(exact.value)
  const mean = [0, 0, 0, 0]
  const wide = gaussianMixture([mean], 0.5)
  const [likelihood] = collapseAlarm({ points: samplerOf(wide)(hostRandom(1), 200), target: wide, repeats: 8 }).checks
  expect(Math.abs(likelihood!.expected - 2 * Math.log(2 * Math.PI * Math.E * 0.25))).toBeLessThan(0.06)
})

test('what cannot be compared is refused, with what to give', () => {
  const points = five(hostRandom(1), 20)
  expect(() => collapseAlarm({ points })).toThrow(
    'expected something to compare; give points with their target or with a reference sample, or nlls with the entropy of the target',
  )
  expect(() => collapseAlarm({ nlls: [1, 2, 3] })).toThrow('expected something to compare')
  expect(() => collapseAlarm({ points, target, nlls: [1, 2, 3] })).toThrow(
    'expected -log p of each of 20 points; got 3',
  )
  expect(() => collapseAlarm({ points: { data: [1, 2], dimension: 1 }, target })).toThrow('points of 2 dimensions')
  expect(() => collapseAlarm({ points, target, margin: 2 })).toThrow('a margin from 0 to 1')
  expect(() => collapseAlarm({ points, target, repeats: 2 })).toThrow('expected at least 8 repeats')
  const twice: Points = { data: Array.from({ length: 40 }, () => 1), dimension: 2 }
  expect(() => collapseAlarm({ points, reference: twice })).toThrow('are equal to 5 others')
  const gone: Points = { data: [Number.NaN, 1, 2, 3], dimension: 2 }
  expect(() => collapseAlarm({ points: gone, reference: points })).toThrow('finite numbers in the points; got NaN')
})
