import { duration } from '../texts.ts'

/** How numbers are written: a minus sign that is as wide as a plus, and words for what is no number. */
export function fixed(value: number, decimals: number): string {
  if (Number.isNaN(value)) return 'not a number'
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : 'minus infinity'
  // What is too large for its column, or is lost in rounding, is written as a power of ten.
  const isLost = value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals
  const text = Math.abs(value) >= 1e7 || isLost ? value.toExponential(1) : value.toFixed(decimals)
  return /[1-9]/.test(text) ? text.replaceAll('-', '−') : text.replace('-', '')
}

/** '2 min 05 s'. */
export const durationOf = (seconds: number): string =>
  Number.isFinite(seconds) ? duration(seconds) : fixed(seconds, 0)

/** 60,000. */
export const count = (value: number): string =>
  Number.isSafeInteger(value) ? value.toLocaleString('en-US') : fixed(value, 2)

/** Decimals with which the least of some numbers has two digits that count, and no more than four. */
export function decimalsFor(values: readonly number[]): number {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size))
  if (sizes.length === 0) return 2
  return Math.min(4, Math.max(1, 1 - Math.floor(Math.log10(Math.min(...sizes)))))
}

/** 'a', 'a and b', 'a, b and c'. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
