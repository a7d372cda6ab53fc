import { meanOf } from '../models/metrics/summary.ts'

/**
 * 97.5% quantiles of Student's t, by degrees of freedom from 1; of more, that of the normal with its first corrections
 * (Abramowitz and Stegun 26.7.5).
 */
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086,
]
export const studentQuantile = (freedom: number): number =>
  quantiles[freedom - 1] ?? z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
const z = 1.959964

/** The mean of independent values, and half the width of its 95% interval if they are normal; infinite of one value. */
export function meanWithin(values: readonly number[]): { readonly value: number; readonly half: number } {
  const n = values.length
  const { value, standardError } = meanOf(values)
  return { value, half: n < 2 ? Number.POSITIVE_INFINITY : studentQuantile(n - 1) * standardError }
}
