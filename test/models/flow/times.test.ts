import { describe, expect, test } from 'vitest'
import { f32, jvp, key, ones, program } from '../../../index.ts'
import {
  drawTimes,
  logitNormalTimes,
  logSnrTimes,
  type Spread,
  timesUntil,
  uniformTimes,
} from '../../../models/flow/times.ts'
import { evaluateProgram, matchers } from '../../../testing/index.ts'
import * as fc from '../../fc.ts'

expect.extend(matchers)

const distributions = [
  uniformTimes,
  logitNormalTimes(),
  logitNormalTimes({ mean: -0.5, std: 1.3 }),
  logSnrTimes({ mean: 2, scale: 1.5 }),
  logSnrTimes(),
  timesUntil(0.9),
  timesUntil(0.5, logitNormalTimes()),
]

describe.each(distributions.map((times) => [times.name, times] as const))('%s', (_, times) => {
  test('the density is the inverse of the slope of the quantiles, which rise from 0 to 1', () => {
    const law = program({ u: f32('n') }, ({ u }) => {
      const [t, slope] = jvp(times.quantile, [u], [ones(u.shape)])
      return { t, product: times.density(t).mul(slope) }
    })
    const u = [0.001, 0.1, 0.37, 0.5, 0.8, 0.99]
    const { t, product } = evaluateProgram(law, { u })
    expect(product).toBeCloseToTensor(
      u.map(() => 1),
      { relative: 1e-6 },
    )
    const found = [0, ...t.data, 1]
    expect(found.every((value, i) => i === 0 || value > found[i - 1]!)).toBe(true)
  })
})

test('uniform times are those of the log-SNR with mean 0 and scale 2', () => {
  const both = program({ u: f32('n') }, ({ u }) => logSnrTimes().quantile(u).sub(u))
  expect(evaluateProgram(both, { u: [0.1, 0.5, 0.9] })).toBeCloseToTensor([0, 0, 0], { absolute: 1e-12 })
})

const drawn = (spread: Spread, n: number, seed: number): readonly number[] => {
  const draw = program({ key: key(), like: f32('n') }, ({ key }) => drawTimes(key, 'n', uniformTimes, spread))
  return [...evaluateProgram(draw, { key: [0, seed], like: Array.from({ length: n }, () => 0) }).data]
}

test('spread times have one in each of n parts, and low-discrepancy ones are equally far apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(1e6), (n, seed) => {
      const parts = drawn('stratified', n, seed).map((t) => Math.min(n - 1, Math.floor(t * n + 1e-6)))
      // Rounding may move one that lies on a border.
      expect(new Set(parts).size).toBeGreaterThanOrEqual(n - 1)
      const sorted = [...drawn('lowDiscrepancy', n, seed)].sort((a, b) => a - b)
      for (const [i, t] of sorted.entries()) if (i > 0) expect(Math.abs(t - sorted[i - 1]! - 1 / n)).toBeLessThan(1e-6)
    }),
    { numRuns: 20 },
  )
})

test.each(['independent', 'stratified', 'lowDiscrepancy'] as const)(
  'each row of a batch sees all times: %s',
  (spread) => {
    const first = Array.from({ length: 200 }, (_, seed) => drawn(spread, 5, seed)[0]!)
    const mean = first.reduce((sum, t) => sum + t, 0) / first.length
    // Five standard errors of the mean of 200 uniform numbers.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 200))
    expect(Math.min(...first)).toBeLessThan(0.1)
    expect(Math.max(...first)).toBeGreaterThan(0.9)
  },
)

test('a distribution that is none says what it takes', () => {
  expect(() => logitNormalTimes({ std: 0 })).toThrow('type error: logitNormalTimes: std is 0, needs a number above 0')
  expect(() => logSnrTimes({ scale: Number.NaN })).toThrow(
    'type error: logSnrTimes: scale is NaN, needs a number above 0',
  )
  expect(() => timesUntil(1.5)).toThrow('type error: timesUntil: last is 1.5, needs a time in (0, 1]')
})
