import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import { equal, less } from './comparisons.ts'
import { splat } from './constant.ts'
import { abs } from './rounding.ts'
import { select } from './select.ts'

/**
 * For a partial derivative that is not a finite number everywhere: `x`, a factor or divisor of it, but `instead` where
 * it is not `regular` and d is 0. There 0 * infinity is made 0, so that nothing comes back through a branch that was
 * not taken: the gradient of where(x > 0, sqrt(x), 0) is 0 at 0, and not NaN.
 *
 * The price is two comparisons and two selects for each element of such a gradient (none where the divisor is a
 * constant, which folds), and that a point at which the derivative does not exist passes unnoticed where nothing asks
 * for it. A d that is 0 at a regular point is left alone, because it has derivatives of its own, which second
 * derivatives need. So are factors that are infinite because they overflow, such as those of exp and of products: they
 * have no pole, and are in every model.
 */
export const unlessIdle = (b: Builder, d: Value, regular: Value, x: Value, instead: number): Value => {
  const idle = b.emit(equal, [d, splat(b, d.type, 0)], {})
  return b.emit(select, [regular, x, b.emit(select, [idle, splat(b, x.type, instead), x], {})], {})
}

/** A divisor of d, which has its pole at 0. */
export const divisor = (b: Builder, d: Value, y: Value): Value => unlessIdle(b, d, isNonZero(b, y), y, 1)

/** False for NaN, as are the others. */
export const isNonZero = (b: Builder, x: Value): Value => b.emit(less, [splat(b, x.type, 0), b.emit(abs, [x], {})], {})

export const isPositive = (b: Builder, x: Value): Value => b.emit(less, [splat(b, x.type, 0), x], {})

/** Whether |x| is less than a number. */
export const isWithin = (b: Builder, x: Value, bound: number): Value =>
  b.emit(less, [b.emit(abs, [x], {}), splat(b, x.type, bound)], {})
