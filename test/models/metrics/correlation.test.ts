import { describe, expect, test } from 'vitest'
import { hostRandom, pearson, spearman } from '../../../models/index.ts'
import { normalQuantile } from '../../../models/metrics/normal.ts'
import { averageRanks } from '../../../models/metrics/ranks.ts'
import * as fc from '../../fc.ts'
import { average } from './samples.ts'

const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 4, maxLength: 12 })

/** Two lists of one length, neither constant. */
const pairs = fc
  .tuple(numbers, numbers)
  .map(([x, y]) => [x, y].map((values) => values.slice(0, Math.min(x.length, y.length))) as [number[], number[]])
  .filter(([x, y]) => new Set(x).size > 1 && new Set(y).size > 1)

const covariance = (x: readonly number[], y: readonly number[]): number =>
  average(x.map((value, i) => (value - average(x)) * (y[i]! - average(y))))

const correlated = (n: number, rho: number, seed: number): readonly [number[], number[]] => {
  const random = hostRandom(seed)
  const x = Array.from({ length: n }, () => random.normal())
  return [x, x.map((value) => rho * value + Math.sqrt(1 - rho * rho) * random.normal())]
}

test('ranks are one more than how many are less, and half of how many others are equal', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const ranks = values.map(
        (value) =>
          0.5 + values.filter((other) => other < value).length + values.filter((other) => other === value).length / 2,
      )
      expect([...averageRanks(values)]).toEqual(ranks)
    }),
  )
})

describe.each([
  ['pearson', pearson],
  ['spearman', spearman],
] as const)('%s', (name, correlation) => {
  test('is the covariance over the standard deviations (of the ranks)', () => {
    fc.assert(
      fc.property(pairs, ([x, y]) => {
        const [a, b] = name === 'pearson' ? [x, y] : [[...averageRanks(x)], [...averageRanks(y)]]
        const exact = covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b))
        expect(correlation(x, y).value).toBeCloseTo(exact, 10)
      }),
    )
  })

  test('is the same the other way round, for any units, and changes its sign with either', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 9 }), ([x, y], c) => {
        const { value, low, high } = correlation(x, y)
        expect(correlation(y, x).value).toBeCloseTo(value, 10)
        expect(
          correlation(
            x,
            y.map((v) => c * v - 3),
          ).value,
        ).toBeCloseTo(value, 10)
        expect(
          correlation(
            x,
            y.map((v) => -v),
          ).value,
        ).toBeCloseTo(-value, 10)
        expect(low).toBeLessThanOrEqual(value + 1e-12)
        expect(high).toBeGreaterThanOrEqual(value - 1e-12)
      }),
    )
  })

  test.each(['fisher', 'bootstrap'] as const)(
    'the %s interval holds the truth about as often as it says',
    (interval) => {
      const rho = 0.6
      // Spearman's of a normal pair is (6 / pi) asin(rho / 2).
      const truth = name === 'pearson' ? rho : (6 / Math.PI) * Math.asin(rho / 2)
      const runs = 80
      const held = Array.from({ length: runs }, (_, seed) => {
        const { low, high } = correlation(...correlated(60, rho, seed), { interval, level: 0.9, resamples: 100, seed })
        return low <= truth && truth <= high
      }).filter((holds) => holds).length
      // The bootstrap is a little short at 60 pairs.
      expect(held / runs).toBeGreaterThan(0.78)
      expect(held / runs).toBeLessThan(0.98)
    },
  )

  test('refuses what has no correlation', () => {
    expect(() => correlation([1, 2, 3, 4], [1, 2, 3])).toThrow(
      `${name}: expected a second number for each first; got 4 and 3: give the two measurements of the same points`,
    )
    expect(() => correlation([1, 2, 3, 4], [2, 2, 2, 2])).toThrow(
      'all second numbers are 2, and what does not vary is correlated with nothing: measure points that differ',
    )
    expect(() => correlation([1, Number.NaN, 3, 4], [1, 2, 3, 4])).toThrow('the first of pair 1 is NaN')
    expect(() => correlation([1, 2, 3], [1, 2, 3])).toThrow('expected at least 4 pairs, to have an interval; got 3')
    expect(() => correlation([1, 2, 3, 4], [1, 2, 3, 5], { level: 1 })).toThrow('a level between 0 and 1; got 1')
    expect(() => correlation([1, 2, 3, 4], [1, 2, 3, 5], { interval: 'bootstrap', resamples: 1 })).toThrow(
      'at least 2 resamples; got 1',
    )
  })
})

test('spearman sees order alone', () => {
  fc.assert(
    fc.property(pairs, ([x, y]) => {
      const bent = (values: number[]): number[] => values.map((value) => Math.exp(value / 5))
      expect(spearman(bent(x), bent(y)).value).toBeCloseTo(spearman(x, y).value, 10)
      expect(spearman(x, bent(x)).value).toBeCloseTo(1, 10)
    }),
  )
})

test('normal quantiles are those of the tables', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.975, 1.959963985],
    [0.9, 1.281551566],
    [0.999, 3.090232306],
    [1e-6, -4.753424309],
  ] as const) {
    expect(normalQuantile(p)).toBeCloseTo(z, 7)
  }
  expect(() => normalQuantile(1)).toThrow('a probability between 0 and 1; got 1')
})
