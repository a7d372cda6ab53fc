import { add, expm1, less, mul, neg, where } from '../operations/elementwise.ts'
import { cast } from '../operations/layout.ts'
import type { Held } from '../trace/held.ts'

const greatest = 2 ** 31 - 1

/**
 * One step more. The count stays at the greatest i32 when it gets there: wrapped, it would start schedules and
 * corrections anew.
 */
export const next = (count: Held): Held => where(less(count, greatest), add(count, 1), count)

/**
 * 1 - b^count: the weights of a running mean that began at zero. As -(exp(count ln b) - 1), for the difference of two
 * nearly equal numbers would lose most digits in f32.
 */
export const correction = (b: number, count: Held): Held | 1 =>
  b === 0 ? 1 : neg(expm1(mul(cast(count, 'f32'), Math.log(b))))
