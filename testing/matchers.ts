import type {} from 'vitest'
import { differenceOf, type Tolerance } from './difference.ts'

/**
 * Matchers for vitest: `expect.extend(matchers)`. Both sides are arrays, nested lists of numbers, what a device tensor
 * reads as, or records of these; what a device reads has no shape and is compared element by element.
 */
export const matchers = {
  /** Tolerances are 1e-6 relative and 1e-9 absolute unless given. */
  toBeCloseToTensor(
    found: unknown,
    expected: unknown,
    { relative = 1e-6, absolute = 1e-9, equalNaN = true }: Tolerance = {},
  ) {
    return matched(found, expected, { relative, absolute, equalNaN })
  },
  /** Every element is the same; NaN is the same as NaN. */
  toEqualTensor(found: unknown, expected: unknown) {
    return matched(found, expected, {})
  },
}

function matched(found: unknown, expected: unknown, tolerance: Tolerance) {
  const difference = differenceOf(found, expected, tolerance)
  return {
    pass: difference === undefined,
    message: () => (difference ? `the tensors differ\n  ${difference.text}` : 'the tensors do not differ'),
  }
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Elementwise |found - expected| <= absolute + relative |expected|; see `matchers` of fluxion/testing. */
    toBeCloseToTensor(expected: unknown, tolerance?: Tolerance): T
    toEqualTensor(expected: unknown): T
  }
}
