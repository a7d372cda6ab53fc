import { describe, expect, test } from 'vitest'
import { type PrintedBoundRows, printedBound, wilsonShare } from '../../../models/index.ts'
import * as fc from '../../fc.ts'
import { average } from './samples.ts'

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const rows: fc.Arbitrary<PrintedBoundRows> = fc
  .array(fc.tuple(number(-5, 5), number(0.01, 10), number(-10, 5)), { minLength: 2, maxLength: 12 })
  .map((all) => ({
    constant: all.map(([constant]) => constant),
    alignment: all.map(([, alignment]) => alignment),
    logProb: all.map(([, , logProb]) => logProb),
  }))

describe('the report on the printed bound', () => {
  test('is what it says, for rows that can be worked out by hand', () => {
    // Right sides for lambda = 0.5: 0.5, 1, -1, 1.
    const given = { constant: [1, 2, 0, 1], alignment: [1, 2, 2, 0], logProb: [0.5, 0, -3, 2] }
    const { gap, violations, worst, leastLambda, lambda } = printedBound(given, { lambda: 0.5 })
    expect(lambda).toBe(0.5)
    // Gaps 0, -1, -2, 1: mean -0.5, variance 5 / 3.
    expect(gap.mean).toBeCloseTo(-0.5, 12)
    expect(gap.standardError).toBeCloseTo(Math.sqrt(5 / 3 / 4), 12)
    expect(violations).toMatchObject({ count: 2, of: 4, rate: 0.5 })
    expect(worst).toEqual({ row: 2, violation: 2 })
    // (C - log p) / L: 0.5, 1, 1.5, and nothing needed.
    expect(leastLambda).toBe(1.5)
  })

  test('has the least lambda: with a little more no row violates, and with a little less one does', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { leastLambda } = printedBound(given, { lambda: 1 })
        expect(printedBound(given, { lambda: leastLambda * (1 + 1e-9) + 1e-9 }).violations.count).toBe(0)
        if (leastLambda > 1e-3)
          expect(printedBound(given, { lambda: leastLambda * (1 - 1e-6) }).violations.count).toBeGreaterThan(0)
      }),
    )
  })

  test('violations fall with lambda, and the worst is 0 where there are none', () => {
    fc.assert(
      fc.property(rows, number(0, 10), number(0, 10), (given, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((lambda) => printedBound(given, { lambda }))
        expect(more!.violations.count).toBeLessThanOrEqual(less!.violations.count)
        for (const { violations, worst } of [less!, more!]) expect(worst.violation > 0).toBe(violations.count > 0)
      }),
    )
  })

  test('no lambda is enough where the alignment loss is 0 and C exceeds log p', () => {
    const given = { constant: [1, 0], alignment: [0, 1], logProb: [0, 0] }
    expect(printedBound(given, { lambda: 9 }).leastLambda).toBe(Number.POSITIVE_INFINITY)
  })

  test('refuses what is no report', () => {
    const given = { constant: [1, 2], alignment: [1, 2], logProb: [1, 2] }
    expect(() => printedBound(given, { lambda: -1 })).toThrow('expected a lambda of at least 0; got -1')
    expect(() => printedBound({ ...given, logProb: [1] }, { lambda: 1 })).toThrow('at least 2 rows')
    expect(() => printedBound({ ...given, alignment: [1] }, { lambda: 1 })).toThrow(
      'got 2 of logProb and 1 of alignment',
    )
    expect(() => printedBound({ ...given, constant: [1, Number.NaN] }, { lambda: 1 })).toThrow(
      'constant of row 1 is NaN',
    )
    expect(() => printedBound({ ...given, alignment: [-1, 1] }, { lambda: 1 })).toThrow('alignment of row 0 is -1')
    expect(() => printedBound(given, { lambda: 1, level: 1 })).toThrow('a level between 0 and 1; got 1')
  })
})

describe("Wilson's interval", () => {
  test('is that of tables', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29.
    for (const [count, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const found = wilsonShare(count, n)
      expect(found.low).toBeCloseTo(low, 4)
      expect(found.high).toBeCloseTo(high, 4)
      expect(wilsonShare(n - count, n).low).toBeCloseTo(1 - found.high, 12)
    }
  })

  test('holds the true share about as often as it says, on average over shares', () => {
    const binomial = (n: number, p: number): number[] => {
      const odds = [(1 - p) ** n]
      for (let k = 1; k <= n; k += 1) odds.push((odds[k - 1]! * (n - k + 1) * p) / (k * (1 - p)))
      return odds
    }
    for (const level of [0.8, 0.95]) {
      const intervals = Array.from({ length: 41 }, (_, count) => wilsonShare(count, 40, level))
      const covered = Array.from({ length: 99 }, (_, i) => (i + 1) / 100).map((p) =>
        binomial(40, p).reduce(
          (sum, odds, k) => sum + (intervals[k]!.low <= p && p <= intervals[k]!.high ? odds : 0),
          0,
        ),
      )
      expect(Math.abs(average(covered) - level)).toBeLessThan(0.01)
    }
  })

  test('of no count is refused', () => {
    expect(() => wilsonShare(3, 2)).toThrow('expected a count of at least 1 thing; got 3 of 2')
    expect(() => wilsonShare(0, 0)).toThrow('got 0 of 0')
  })
})
