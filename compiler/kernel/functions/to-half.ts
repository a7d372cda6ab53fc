import type { Expr } from '../expr.ts'
import type { Scalars } from '../scalars.ts'
import { word } from './float-bits.ts'
import { nearestHalf } from './nearest-half.ts'
import { add, and, apply, bitcast, define, f32, i32, less, mul, select, variable } from './tree.ts'

const x = variable('x', 'f32')

const infinity = i32(0x7f800000)
/** 2^-14, the least normal half. */
const leastNormal = i32(0x38800000)
/** 65520, half way from the greatest half to what would be the next. */
const tooLarge = i32(0x477ff000)

export const toHalf = define(
  'to_half',
  'The nearest 16-bit float, of two the even one: 11 bits of a normal one, multiples of 2^-24 below 2^-14, infinity from 65520 (IEEE 754 binary16). On the bits, since WGSL leaves open how its own conversions round.',
  [x],
  (bind) => {
    const bits = bind('bits', word(x))
    const size = bind('size', and(bits, i32(0x7fffffff)))
    const last = and(apply('shr', size, i32(13)), i32(1))
    const normal = bind('normal', and(add(add(size, i32(0xfff)), last), i32(-(2 ** 13))))
    const small = bind('small', mul(apply('round', mul(bitcast(size, 'f32'), f32(2 ** 24))), f32(2 ** -24)))
    const finite = bind('finite', select(less(size, leastNormal), word(small), normal))
    const infinite = bind('infinite', select(less(size, tooLarge), finite, infinity))
    const rounded = bind('rounded', select(less(infinity, size), size, infinite))
    return bitcast(apply('or', rounded, and(bits, i32(-(2 ** 31)))), 'f32')
  },
)

/** The nearest half; the expression itself where it is one. `isHalf` says of which slots the elements are halves. */
export function asHalf(s: Scalars, value: Expr, isHalf: (slot: number) => boolean = () => false): Expr {
  if (value.kind === 'constant') return s.constant(nearestHalf(value.value), 'f32')
  return isExact(value, isHalf) ? value : s.call(toHalf, [value])[0]!
}

/** Whether an expression is a half for sure, by how it is made. */
function isExact(value: Expr, isHalf: (slot: number) => boolean): boolean {
  const exact = (part: Expr): boolean => isExact(part, isHalf)
  switch (value.kind) {
    case 'constant':
      return Object.is(nearestHalf(value.value), value.value)
    case 'load':
      return isHalf(value.slot)
    case 'call':
      return value.name === toHalf.name
    case 'apply':
      if (value.op === 'select') return value.args.slice(1).every(exact)
      return moves.has(value.op) && value.args.every(exact)
    default:
      return false
  }
}

/** What gives one of its operands, or that with another sign. */
const moves: ReadonlySet<string> = new Set(['neg', 'abs', 'min', 'max'])
