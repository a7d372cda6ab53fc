import { none, type Primitive } from '../primitive.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { numbers, oneOf } from './type-rule.ts'

/** a < b, as a bool; false where either is NaN. */
export const less: Primitive<NoParams> = elementwise({
  name: 'less',
  inputs: 2,
  dtype: (inputs) => (numbers(inputs) ? 'bool' : undefined),
  takes: 'two inputs of one number dtype',
  scalar: ([a, b]) => Number(a! < b!),
  lower: (s, [a, b]) => s.less(a!, b!),
  partials: none('a comparison is a step: it has no gradient'),
})

export const bitOr: Primitive<NoParams> = elementwise({
  name: 'bitOr',
  inputs: 2,
  dtype: oneOf('u32', 'i32', 'bool'),
  takes: 'two inputs of dtype u32, i32 or bool, the same for both',
  scalar: ([a, b]) => a! | b!,
  lower: (s, [a, b]) => s.apply('or', [a!, b!]),
  partials: none('bits have no gradient'),
})

export const bitXor: Primitive<NoParams> = elementwise({
  name: 'bitXor',
  inputs: 2,
  dtype: oneOf('u32', 'i32'),
  takes: 'two inputs of dtype u32 or i32, the same for both',
  scalar: ([a, b]) => a! ^ b!,
  lower: (s, [a, b]) => s.apply('xor', [a!, b!]),
  partials: none('bits have no gradient'),
})

/** a >> b for shifts by 0 .. 31: zeros come in on u32, copies of the sign on i32. */
export const shiftRight: Primitive<NoParams> = elementwise({
  name: 'shiftRight',
  inputs: 2,
  dtype: oneOf('u32', 'i32'),
  takes: 'two inputs of dtype u32 or i32, the same for both',
  scalar: ([a, b], { output }) => (output === 'u32' ? a! >>> b! : a! >> b!),
  lower: (s, [a, b]) => s.apply('shr', [a!, b!]),
  partials: none('bits have no gradient'),
})
