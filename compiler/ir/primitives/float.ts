import * as functions from '../../kernel/functions/declared.ts'
import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { splat } from './constant.ts'
import { type Elementwise, elementwise, type NoParams } from './elementwise.ts'
import { divisor, isPositive, unlessIdle } from './pole.ts'
import { floats, oneOf } from './type-rule.ts'

export const neg: Primitive<NoParams> = elementwise({
  name: 'neg',
  inputs: 1,
  dtype: oneOf('f32', 'f16', 'i32'),
  takes: 'one input of dtype f32, f16 or i32',
  scalar: ([x]) => -x!,
  lower: (s, [x]) => s.apply('neg', [x!]),
  partials: [(b, d) => b.emit(neg, [d], {})],
})

export const exp: Primitive<NoParams> = floatFunction({
  name: 'exp',
  scalar: ([x]) => Math.exp(x!),
  lower: (s, [x]) => s.apply('exp', [x!]),
  partials: [(b, d, { output }) => b.emit(mul, [d, output], {})],
})

export const log: Primitive<NoParams> = floatFunction({
  name: 'log',
  scalar: ([x]) => Math.log(x!),
  lower: (s, args) => s.call(functions.log, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(div, [d, divisor(b, d, x!)], {})],
})

export const sqrt: Primitive<NoParams> = floatFunction({
  name: 'sqrt',
  scalar: ([x]) => Math.sqrt(x!),
  lower: (s, [x]) => s.apply('sqrt', [x!]),
  partials: [
    (b, d, { inputs: [x], output }) => {
      const root = unlessIdle(b, d, isPositive(b, x!), output, 1)
      return b.emit(div, [scaled(b, d, 0.5), root], {})
    },
  ],
  expensive: false,
})

export const tanh: Primitive<NoParams> = floatFunction({
  name: 'tanh',
  scalar: ([x]) => Math.tanh(x!),
  lower: (s, args) => s.call(functions.tanh, args)[0]!,
  partials: [(b, d, { output }) => b.emit(mul, [d, b.emit(sub, [splat(b, d.type, 1), square(b, output)], {})], {})],
})

/** The logistic function 1 / (1 + exp(-x)). */
export const sigmoid: Primitive<NoParams> = floatFunction({
  name: 'sigmoid',
  scalar: ([x]) => (x! >= 0 ? 1 / (1 + Math.exp(-x!)) : Math.exp(x!) / (1 + Math.exp(x!))),
  // Below -88 exp(-x) leaves f32 and the result is less than the least normal number.
  lower(s, [x]) {
    const one = s.constant(1, 'f32')
    const inside = s.div(one, s.add(one, s.apply('exp', [s.apply('neg', [x!])])))
    return s.select(s.less(x!, s.constant(-88, 'f32')), s.constant(0, 'f32'), inside)
  },
  partials: [
    (b, d, { output }) => {
      const slope = b.emit(mul, [output, b.emit(sub, [splat(b, d.type, 1), output], {})], {})
      return b.emit(mul, [d, slope], {})
    },
  ],
  operations: 4,
})

/** exp(x) - 1, accurate near 0. */
export const expm1: Primitive<NoParams> = floatFunction({
  name: 'expm1',
  scalar: ([x]) => Math.expm1(x!),
  lower: (s, args) => s.call(functions.expm1, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(mul, [d, b.emit(exp, [x!], {})], {})],
  operations: 24,
})

/** log(1 + x), accurate near 0. */
export const log1p: Primitive<NoParams> = floatFunction({
  name: 'log1p',
  scalar: ([x]) => Math.log1p(x!),
  lower: (s, args) => s.call(functions.log1p, args)[0]!,
  partials: [
    (b, d, { inputs: [x] }) => b.emit(div, [d, divisor(b, d, b.emit(add, [x!, splat(b, d.type, 1)], {}))], {}),
  ],
  operations: 30,
})

/** The record of a function of one float. */
export function floatFunction(of: Pick<Elementwise<NoParams>, 'name' | 'scalar' | 'lower' | 'partials'> & Optional) {
  return elementwise({ inputs: 1, dtype: floats, takes: 'one input of a float dtype', expensive: true, ...of })
}
type Optional = { readonly expensive?: boolean; readonly operations?: number }

export const square = (b: Builder, x: Value): Value => b.emit(mul, [x, x], {})
export const scaled = (b: Builder, x: Value, by: number): Value => b.emit(mul, [x, splat(b, x.type, by)], {})
