import * as functions from '../../kernel/functions/declared.ts'
import type { Primitive } from '../primitive.ts'
import { mul } from './arithmetic.ts'
import type { NoParams } from './elementwise.ts'
import { erfInvReference } from './erf-inv-reference.ts'
import { erfReference } from './erf-reference.ts'
import { exp, floatFunction, neg, scaled, square } from './float.ts'
import { isWithin, unlessIdle } from './pole.ts'

/** The error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf: Primitive<NoParams> = floatFunction({
  name: 'erf',
  scalar: ([x]) => erfReference(x!),
  lower: (s, args) => s.call(functions.erf, args)[0]!,
  // d erf(x) / dx = 2 / sqrt(pi) * exp(-x^2)
  partials: [
    (b, d, { inputs: [x] }) => {
      const bell = b.emit(exp, [b.emit(neg, [square(b, x!)], {})], {})
      return b.emit(mul, [d, scaled(b, bell, 2 / Math.sqrt(Math.PI))], {})
    },
  ],
  operations: 40,
})

/** The inverse of erf: +-infinity at +-1, NaN beyond. */
export const erfInv: Primitive<NoParams> = floatFunction({
  name: 'erfInv',
  scalar: ([x]) => erfInvReference(x!),
  lower: (s, args) => s.call(functions.erfInv, args)[0]!,
  // d erfInv(x) / dx = sqrt(pi) / 2 * exp(erfInv(x)^2)
  partials: [
    (b, d, { inputs: [x], output }) => {
      const finite = unlessIdle(b, d, isWithin(b, x!, 1), output, 0)
      const slope = scaled(b, b.emit(exp, [square(b, finite)], {}), Math.sqrt(Math.PI) / 2)
      return b.emit(mul, [d, slope], {})
    },
  ],
  operations: 30,
})
