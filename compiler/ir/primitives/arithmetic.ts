import type { Expr } from '../../kernel/expr.ts'
import * as functions from '../../kernel/functions/declared.ts'
import type { Scalars } from '../../kernel/scalars.ts'
import { isFloat, type Primitive } from '../primitive.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { neg } from './float.ts'
import { divisor, isNonZero, unlessIdle } from './pole.ts'
import { round } from './rounding.ts'
import { numbers } from './type-rule.ts'

const twoNumbers = { inputs: 2, dtype: numbers, takes: 'two inputs of one number dtype' } as const

export const add: Primitive<NoParams> = elementwise({
  name: 'add',
  ...twoNumbers,
  scalar: ([a, b]) => a! + b!,
  lower: (s, [a, b]) => s.add(a!, b!),
  partials: [(_, d) => d, (_, d) => d],
})

export const sub: Primitive<NoParams> = elementwise({
  name: 'sub',
  ...twoNumbers,
  scalar: ([a, b]) => a! - b!,
  lower: (s, [a, b]) => s.sub(a!, b!),
  partials: [(_, d) => d, (b, d) => b.emit(neg, [d], {})],
})

export const mul: Primitive<NoParams> = elementwise({
  name: 'mul',
  ...twoNumbers,
  scalar: ([a, b], { output }) => (output === 'u32' || output === 'i32' ? Math.imul(a!, b!) : a! * b!),
  lower: (s, [a, b]) => s.mul(a!, b!),
  partials: [
    (b, d, { inputs: [, y] }) => b.emit(mul, [d, y!], {}),
    (b, d, { inputs: [x] }) => b.emit(mul, [d, x!], {}),
  ],
})

/** Integers truncate; a quotient by the integer 0 is 0, and -2^31 / -1 wraps. */
export const div: Primitive<NoParams> = elementwise({
  name: 'div',
  ...twoNumbers,
  scalar: ([a, b], { output }) => (isFloat(output) ? a! / b! : b === 0 ? 0 : Math.trunc(a! / b!)),
  lower: (s, [a, b]) => (a!.dtype === 'f32' ? s.div(a!, b!) : unlessByZero(s, 'div', a!, b!)),
  partials: [
    (b, d, { inputs: [, y] }) => b.emit(div, [d, divisor(b, d, y!)], {}),
    // d(x / y) = -(x / y) dy / y
    (b, d, { inputs: [, y], output }) => {
      const quotient = unlessIdle(b, d, isNonZero(b, y!), output, 0)
      return b.emit(neg, [b.emit(div, [b.emit(mul, [d, quotient], {}), divisor(b, d, y!)], {})], {})
    },
  ],
})

/**
 * x - y trunc(x / y), exactly: with the sign of the dividend x. A remainder by the integer 0 is 0, by the float 0 NaN.
 */
export const rem: Primitive<NoParams> = elementwise({
  name: 'rem',
  ...twoNumbers,
  scalar: ([a, b], { output }) => (!isFloat(output) && b === 0 ? 0 : a! % b!),
  lower: (s, [a, b]) => (a!.dtype === 'f32' ? s.call(functions.rem, [a!, b!])[0]! : unlessByZero(s, 'rem', a!, b!)),
  partials: [
    (_, d) => d,
    // -trunc(x / y), which is the whole number (rem - x) / y.
    (b, d, { inputs: [x, y], output }) => {
      const quotient = b.emit(round, [b.emit(div, [b.emit(sub, [output, x!], {}), y!], {})], {})
      return b.emit(mul, [d, unlessIdle(b, d, isNonZero(b, y!), quotient, 0)], {})
    },
  ],
  operations: 12,
})

/** Kernels never divide by zero: WebAssembly would trap. */
function unlessByZero(s: Scalars, op: 'div' | 'rem', a: Expr, b: Expr): Expr {
  const zero = s.constant(0, b.dtype)
  if (b.kind === 'constant') return b === zero ? zero : s.apply(op, [a, b])
  const byZero = s.equal(b, zero)
  return s.select(byZero, zero, s.apply(op, [a, s.select(byZero, s.constant(1, b.dtype), b)]))
}
