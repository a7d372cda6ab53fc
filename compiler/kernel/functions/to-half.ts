import { word } from './float-bits.ts'
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
