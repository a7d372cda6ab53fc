import type { Expr, Variable } from '../expr.ts'
import { add, and, apply, type Bind, bitcast, cast, f32, fma, i32, less, select, sub } from './tree.ts'

// What is done on the bits of an f32. A compiler of shaders cannot see through it, so that what has to be exact stays
// so where it takes x - (x - y) for y.

const signBit = -(2 ** 31)

export const word = (x: Expr): Expr => bitcast(x, 'i32')

/**
 * The first 12 of the 24 bits of x, so that a product of two of them is exact, and so is what is left, x - leading(x).
 */
export const leading = (x: Expr): Expr => bitcast(and(word(x), i32(-(2 ** 12))), 'f32')

/**
 * The value, where `holds`, which a compiler cannot know to hold always, so that it does not see the product in it:
 * Mesa's (25) takes a b + (a c + d) for a (b + c) + d, and with that all that splitting a number in two was for.
 */
export const unseen = (value: Expr, holds: Expr): Expr => select(holds, value, f32(0))

/** log 2 in two parts: the first has few bits, so that its multiples by an exponent are exact. */
export const [log2High, log2Low] = [0.693359375, -2.1219444e-4] as const

/** x - n log 2. `kept` is done to what is left after the first part. */
export const withoutTwos = (x: Expr, n: Expr, kept: (left: Expr) => Expr = (left) => left): Expr =>
  fma(n, f32(-log2Low), kept(fma(n, f32(-log2High), x)))

/** Bits as 2^shift m, where m lies between the number whose bits are `least` and twice that. */
export function inBinary(bind: Bind, bits: Expr, least: number): { shift: Variable; m: Expr } {
  const shift = bind('shift', apply('shr', sub(bits, i32(least)), i32(23)))
  return { shift, m: bitcast(sub(bits, apply('shl', shift, i32(23))), 'f32') }
}

/**
 * The same of what may be denormal: its bits are a whole number of 2^-149, which as a number of its own is normal. `n`
 * is the exponent as an f32.
 */
export function inBinaryOfAny(bind: Bind, own: Expr, least: number): { n: Expr; m: Expr } {
  const denormal = bind('denormal', less(own, i32(2 ** 23)))
  const { shift, m } = inBinary(bind, bind('bits', select(denormal, word(cast(own, 'f32')), own)), least)
  return { n: cast(add(shift, select(denormal, i32(-149), i32(0))), 'f32'), m }
}

/**
 * Leaves NaN as it is, which a minimum and a maximum need not; comparing this way round is one instruction each in
 * lanes.
 */
export function clamp(bind: Bind, x: Expr, low: number, high: number): Variable {
  const above = bind('above', select(less(x, f32(low)), f32(low), x))
  return bind('within', select(less(f32(high), above), f32(high), above))
}

/** A number that is not negative, with the sign of another: -0 counts as negative. */
export const withSignOf = (size: Expr, x: Expr): Expr =>
  bitcast(apply('or', word(size), and(word(x), i32(signBit))), 'f32')

/** -0 counts as negative. */
export const isNegative = (x: Expr): Expr => less(word(x), i32(0))

/** By its bits: a compiler of shaders may take it that x = x. */
export const isNotANumber = (x: Expr): Expr => less(i32(0x7f800000), and(word(x), i32(0x7fffffff)))
