import * as functions from '../../kernel/functions/declared.ts'
import type { Builder } from '../builder.ts'
import type { Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { splat } from './constant.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { floatFunction, neg, sqrt, square } from './float.ts'
import { divisor, isWithin, unlessIdle } from './pole.ts'
import { floats } from './type-rule.ts'

export const sin: Primitive<NoParams> = floatFunction({
  name: 'sin',
  scalar: ([x]) => Math.sin(x!),
  lower: (s, args) => s.call(functions.sin, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(mul, [d, b.emit(cos, [x!], {})], {})],
  operations: 30,
})

export const cos: Primitive<NoParams> = floatFunction({
  name: 'cos',
  scalar: ([x]) => Math.cos(x!),
  lower: (s, args) => s.call(functions.cos, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(neg, [b.emit(mul, [d, b.emit(sin, [x!], {})], {})], {})],
  operations: 30,
})

export const tan: Primitive<NoParams> = floatFunction({
  name: 'tan',
  scalar: ([x]) => Math.tan(x!),
  lower: (s, args) => s.call(functions.tan, args)[0]!,
  // 1 / cos^2 = 1 + tan^2
  partials: [(b, d, { output }) => b.emit(mul, [d, plusOne(b, square(b, output))], {})],
  operations: 30,
})

/** The angle in -pi/2 .. pi/2 whose sine is x; NaN beyond +-1. */
export const asin: Primitive<NoParams> = floatFunction({
  name: 'asin',
  scalar: ([x]) => Math.asin(x!),
  lower: (s, args) => s.call(functions.asin, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(div, [d, cosineOfArcsine(b, d, x!)], {})],
  operations: 20,
})

/** The angle in 0 .. pi whose cosine is x; NaN beyond +-1. */
export const acos: Primitive<NoParams> = floatFunction({
  name: 'acos',
  scalar: ([x]) => Math.acos(x!),
  lower: (s, args) => s.call(functions.acos, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(neg, [b.emit(div, [d, cosineOfArcsine(b, d, x!)], {})], {})],
  operations: 20,
})

/** The angle in -pi/2 .. pi/2 whose tangent is x. */
export const atan: Primitive<NoParams> = floatFunction({
  name: 'atan',
  scalar: ([x]) => Math.atan(x!),
  lower: (s, args) => s.call(functions.atan, args)[0]!,
  partials: [(b, d, { inputs: [x] }) => b.emit(div, [d, plusOne(b, square(b, x!))], {})],
  operations: 20,
})

/** atan2(y, x): the angle of the point (x, y), in -pi .. pi; signed zeros and infinities as in C. */
export const atan2: Primitive<NoParams> = elementwise({
  name: 'atan2',
  inputs: 2,
  dtype: floats,
  takes: 'two inputs of one float dtype',
  scalar: ([y, x]) => Math.atan2(y!, x!),
  lower: (s, args) => s.call(functions.atan2, args)[0]!,
  partials: [
    // x dy / (x^2 + y^2)
    (b, d, { inputs: [y, x] }) => b.emit(mul, [d, overSquares(b, d, x!, y!)], {}),
    // -y dx / (x^2 + y^2)
    (b, d, { inputs: [y, x] }) => b.emit(neg, [b.emit(mul, [d, overSquares(b, d, y!, x!)], {})], {}),
  ],
  expensive: true,
  operations: 30,
})

const plusOne = (b: Builder, x: Value): Value => b.emit(add, [x, splat(b, x.type, 1)], {})

/** sqrt((1 - x)(1 + x)), which loses nothing near +-1. */
function cosineOfArcsine(b: Builder, d: Value, x: Value): Value {
  const one = splat(b, x.type, 1)
  const cosine = b.emit(sqrt, [b.emit(mul, [b.emit(sub, [one, x], {}), b.emit(add, [one, x], {})], {})], {})
  return unlessIdle(b, d, isWithin(b, x, 1), cosine, 1)
}

/** p / (p^2 + q^2), a factor of d. */
const overSquares = (b: Builder, d: Value, p: Value, q: Value): Value =>
  b.emit(div, [p, divisor(b, d, b.emit(add, [square(b, p), square(b, q)], {}))], {})
