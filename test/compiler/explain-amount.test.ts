import { expect, test } from 'vitest'
import { amount } from '../../compiler/explain/amount.ts'
import * as fc from '../fc.ts'

test('amounts have three digits and the unit in which they are 1 or more', () => {
  expect([0, 12, 0.5, 999, 1000, 999_499, 999_999, 1e6, 1.5e9, 2e15].map((value) => amount(value, 'B'))).toEqual([
    '0 B',
    '12 B',
    '0.500 B',
    '999 B',
    '1.00 kB',
    '999 kB',
    '1.00 MB',
    '1.00 MB',
    '1.50 GB',
    '2.00e+3 TB',
  ])
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e14 }), (value) => {
      const [digits, unit] = amount(value, 'B').split(' ') as [string, string]
      expect(digits).not.toContain('e')
      const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit]!
      expect(Math.abs(Number(digits) * scale - value)).toBeLessThanOrEqual(0.005 * value)
    }),
  )
})
