import { applied, call } from '../expression.ts'
import {
  above,
  anything,
  binary,
  broadcasts,
  float,
  has,
  integer,
  like,
  number,
  type Step,
  sameShape,
  tame,
  unary,
} from './step.ts'

const bool = has('bool')
const bits = has('bool', 'i32', 'u32')

/** A line for each operation of elements. The simplest come first, for programs shrink to them. */
export const elementwise: readonly Step[] = [
  unary('neg', has('f32', 'i32'), (x) => call(x, 'neg')),
  binary('add', number, (a, b) => call(a, 'add', b)),
  binary('sub', number, (a, b) => call(a, 'sub', b)),
  binary('mul', number, (a, b) => call(a, 'mul', b)),
  unary('add', number, (x) => call(x, 'add', 2)),
  unary('mul', float, (x) => call(x, 'mul', 0.5)),
  binary('div', float, (a, b) => call(a, 'div', above(b))),
  binary('div', integer, (a, b) => call(a, 'div', b)),
  binary('rem', float, (a, b) => call(a, 'rem', above(b))),
  binary('rem', integer, (a, b) => call(a, 'rem', b)),
  binary('maximum', number, (a, b) => call(a, 'maximum', b)),
  binary('minimum', number, (a, b) => call(a, 'minimum', b)),
  unary('maximum', float, (x) => call(x, 'maximum', 0)),
  unary('clamp', float, (x) => call(x, 'clamp', -0.5, 0.5)),
  binary('pow', float, (a, b) => call(above(tame(a)), 'pow', tame(b))),
  unary('pow', float, (x) => call(tame(x), 'pow', 3)),
  binary('atan2', float, (a, b) => call(a, 'atan2', above(b))),
  {
    name: 'lerp',
    make: ({ one }) => {
      const a = one(float)
      const b = a && one(broadcasts(a))
      const t = a && one(like(a))
      return a && b && t && call(a, 'lerp', b, t)
    },
  },

  unary('abs', has('f32', 'i32'), (x) => call(x, 'abs')),
  unary('sign', number, (x) => call(x, 'sign')),
  unary('square', float, (x) => call(tame(x), 'square')),
  unary('floor', float, (x) => call(x, 'floor')),
  unary('ceil', float, (x) => call(x, 'ceil')),
  unary('round', float, (x) => call(x, 'round')),
  unary('exp', float, (x) => call(tame(x), 'exp')),
  unary('expm1', float, (x) => call(tame(x), 'expm1')),
  unary('log', float, (x) => call(above(x), 'log')),
  unary('log1p', float, (x) => call(call(x, 'square'), 'log1p')),
  unary('sqrt', float, (x) => call(above(x), 'sqrt')),
  unary('rsqrt', float, (x) => call(above(x), 'rsqrt')),
  unary('reciprocal', float, (x) => call(above(x), 'reciprocal')),
  unary('sigmoid', float, (x) => call(x, 'sigmoid')),
  unary('tanh', float, (x) => call(x, 'tanh')),
  unary('erf', float, (x) => call(x, 'erf')),
  unary('erfInv', float, (x) => call(call(tame(x), 'mul', 0.9), 'erfInv')),
  unary('sin', float, (x) => call(x, 'sin')),
  unary('cos', float, (x) => call(x, 'cos')),
  unary('tan', float, (x) => call(tame(x), 'tan')),
  unary('asin', float, (x) => call(call(tame(x), 'mul', 0.9), 'asin')),
  unary('acos', float, (x) => call(call(tame(x), 'mul', 0.9), 'acos')),
  unary('atan', float, (x) => call(x, 'atan')),

  binary('less', number, (a, b) => call(a, 'less', b)),
  binary('lessEqual', number, (a, b) => call(a, 'lessEqual', b)),
  binary('greater', number, (a, b) => call(a, 'greater', b)),
  binary('greaterEqual', number, (a, b) => call(a, 'greaterEqual', b)),
  binary('equal', anything, (a, b) => call(a, 'equal', b)),
  binary('notEqual', anything, (a, b) => call(a, 'notEqual', b)),
  unary('less', float, (x) => call(x, 'less', 0)),
  unary('isNaN', float, (x) => call(x, 'isNaN')),
  unary('isFinite', float, (x) => call(x, 'isFinite')),
  binary('and', bits, (a, b) => call(a, 'and', b)),
  binary('or', bits, (a, b) => call(a, 'or', b)),
  binary('xor', bits, (a, b) => call(a, 'xor', b)),
  unary('not', bits, (x) => call(x, 'not')),
  unary('shiftLeft', integer, (x) => call(x, 'shiftLeft', 3)),
  unary('shiftRight', integer, (x) => call(x, 'shiftRight', 1)),

  unary('cast', anything, (x) => call(x, 'cast', 'f32')),
  unary('cast', anything, (x) => call(x, 'cast', 'i32')),
  unary('cast', integer, (x) => call(x, 'cast', 'u32')),
  {
    name: 'where',
    make: ({ one }) => {
      const a = one(number)
      const c = a && one((x) => bool(x) && sameShape(x.tensor.shape, a.tensor.shape))
      const b = a && one(broadcasts(a))
      return a && b && c && applied('where', c, a, b)
    },
  },
  {
    name: 'where',
    make: ({ one }) => {
      const c = one(bool)
      const a = c && one((x) => number(x) && sameShape(x.tensor.shape, c.tensor.shape))
      return a && c && applied('where', c, a, 0)
    },
  },
]
