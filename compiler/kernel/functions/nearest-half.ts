/** From here up the nearest is infinity: half way from the greatest, 65504, to what would be the next. */
const tooLarge = 65520
/** Of the least normal one. */
const leastExponent = -14

/**
 * The nearest number of 16 bits (IEEE 754 binary16), of two as near the even one: 11 bits of it from 2^-14 up,
 * multiples of 2^-24 below, infinity from 65520.
 */
export function nearestHalf(x: number): number {
  const size = Math.abs(x)
  if (size === 0 || Number.isNaN(x)) return x
  const sign = x < 0 ? -1 : 1
  if (size >= tooLarge) return sign * Number.POSITIVE_INFINITY
  bits.setFloat64(0, size)
  const exponent = Math.max(leastExponent, (bits.getUint16(0) >> 4) - 1023)
  // Less than a unit is lost where this is added, and of its 52 bits the last is the unit: so the sum rounds to whole
  // units, ties to even.
  const whole = 1.5 * 2 ** (52 + exponent - 10)
  return sign * (size + whole - whole)
}

const bits = new DataView(new ArrayBuffer(8))
