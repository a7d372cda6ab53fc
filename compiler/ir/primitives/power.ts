import * as functions from '../../kernel/functions/declared.ts'
import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { mul, sub } from './arithmetic.ts'
import { bitAnd } from './bits.ts'
import { equal } from './comparisons.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { log } from './float.ts'
import { isPositive, isWithin, unlessIdle } from './pole.ts'
import { select } from './select.ts'
import { floats } from './type-rule.ts'

/**
 * x^y as IEEE 754 and C define it: 1 for y = 0 and for x = 1, whatever the other is; NaN for a negative x and a y that
 * is not whole.
 */
export const pow: Primitive<NoParams> = elementwise({
  name: 'pow',
  inputs: 2,
  dtype: floats,
  takes: 'two inputs of one float dtype',
  scalar: ([x, y]) => power(x!, y!),
  lower: (s, args) => s.call(functions.pow, args)[0]!,
  partials: [
    // y x^(y - 1); 0 for y = 0 at x = 0 too, where the power is infinite.
    (b, d, { inputs: [x, y] }) => {
      const both = b.emit(bitAnd, [isZero(b, x!), isZero(b, y!)], {})
      const base = b.emit(select, [both, splat(b, x!.type, 1), x!], {})
      const lower = b.emit(pow, [base, b.emit(sub, [y!, splat(b, y!.type, 1)], {})], {})
      return b.emit(mul, [d, b.emit(mul, [y!, finite(b, d, lower)], {})], {})
    },
    // x^y log x, and 0 for x = 0 where x^y is a number. There is no logarithm of a negative x.
    (b, d, { inputs: [x], output }) => {
      const base = unlessIdle(b, d, isPositive(b, x!), oneForZero(b, x!), 1)
      const slope = b.emit(mul, [finite(b, d, output), b.emit(log, [base], {})], {})
      return b.emit(mul, [d, slope], {})
    },
  ],
  expensive: true,
  operations: 60,
})

/** JavaScript leaves 1^NaN, 1^infinity and (-1)^infinity undefined; C does not. */
const power = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y

/** A power as a factor of d: at 0 it can be infinite, and below 0 it need not be a number. */
const finite = (b: Builder, d: Value, x: Value): Value =>
  unlessIdle(b, d, isWithin(b, x, Number.POSITIVE_INFINITY), x, 0)

const isZero = (b: Builder, x: Value): Value => b.emit(equal, [x, splat(b, x.type, 0)], {})

const oneForZero = (b: Builder, x: Value): Value => b.emit(select, [isZero(b, x), splat(b, x.type, 1), x], {})
