import type { Expr } from '../expr.ts'
import { and, apply, bitcast, f32, i32, less, select } from './tree.ts'

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

/** A number that is not negative, with the sign of another: -0 counts as negative. */
export const withSignOf = (size: Expr, x: Expr): Expr =>
  bitcast(apply('or', word(size), and(word(x), i32(signBit))), 'f32')

/** -0 counts as negative. */
export const isNegative = (x: Expr): Expr => less(word(x), i32(0))

/** By its bits: a compiler of shaders may take it that x = x. */
export const isNotANumber = (x: Expr): Expr => less(i32(0x7f800000), and(word(x), i32(0x7fffffff)))
