import { none, type Primitive } from '../primitive.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { oneOf } from './type-rule.ts'

const bits = none('bits have no gradient')
const twoOfBits = {
  inputs: 2,
  dtype: oneOf('u32', 'i32', 'bool'),
  takes: 'two inputs of dtype u32, i32 or bool, the same for both',
  partials: bits,
} as const
const twoIntegers = {
  inputs: 2,
  dtype: oneOf('u32', 'i32'),
  takes: 'two inputs of dtype u32 or i32, the same for both',
  partials: bits,
} as const

/** On bools: both. */
export const bitAnd: Primitive<NoParams> = elementwise({
  name: 'bitAnd',
  ...twoOfBits,
  scalar: ([a, b]) => a! & b!,
  lower: (s, [a, b]) => s.apply('and', [a!, b!]),
})

/** On bools: either or both. */
export const bitOr: Primitive<NoParams> = elementwise({
  name: 'bitOr',
  ...twoOfBits,
  scalar: ([a, b]) => a! | b!,
  lower: (s, [a, b]) => s.apply('or', [a!, b!]),
})

/** On bools: one of the two alone. */
export const bitXor: Primitive<NoParams> = elementwise({
  name: 'bitXor',
  ...twoOfBits,
  scalar: ([a, b]) => a! ^ b!,
  lower: (s, [a, b]) => (a!.dtype === 'bool' ? s.apply('not', [s.equal(a!, b!)]) : s.apply('xor', [a!, b!])),
})

/** All bits turned over; on bools: not. */
export const bitNot: Primitive<NoParams> = elementwise({
  name: 'bitNot',
  inputs: 1,
  dtype: oneOf('u32', 'i32', 'bool'),
  takes: 'one input of dtype u32, i32 or bool',
  scalar: ([a], { output }) => (output === 'bool' ? 1 - a! : ~a!),
  lower: (s, [a]) => s.apply('not', [a!]),
  partials: bits,
})

/** a << b for shifts by 0 .. 31; what leaves the 32 bits is lost. */
export const shiftLeft: Primitive<NoParams> = elementwise({
  name: 'shiftLeft',
  ...twoIntegers,
  scalar: ([a, b]) => a! << b!,
  lower: (s, [a, b]) => s.apply('shl', [a!, b!]),
})

/** a >> b for shifts by 0 .. 31: zeros come in on u32, copies of the sign on i32. */
export const shiftRight: Primitive<NoParams> = elementwise({
  name: 'shiftRight',
  ...twoIntegers,
  scalar: ([a, b], { output }) => (output === 'u32' ? a! >>> b! : a! >> b!),
  lower: (s, [a, b]) => s.apply('shr', [a!, b!]),
})
