import { asHalf } from '../../kernel/functions/as-half.ts'
import type { Builder } from '../builder.ts'
import type { DType, Value } from '../graph.ts'
import { isFloat, none, type Primitive } from '../primitive.ts'
import { elementwise } from './elementwise.ts'

export type CastParams = { readonly dtype: DType }

/**
 * The same value in another dtype. Float to integer truncates, with what is out of range at the nearest bound and NaN
 * at 0; integers wrap; to bool is `!= 0`. To f16 a device rounds, to the nearest; the evaluator, which rounds no
 * floats, does not.
 */
export const cast: Primitive<CastParams> = elementwise({
  name: 'cast',
  inputs: 1,
  dtype: (_, { dtype }) => dtype,
  takes: 'one input',
  scalar: ([x], { inputs: [from], output: to }) => converted(x!, from!, to),
  lower(s, [x], { inputs: [from], output: to, dtype }) {
    if (to === 'bool' && from !== to) return s.apply('not', [s.equal(x!, s.constant(0, from!))])
    const same = from === 'bool' && from !== to ? s.select(x!, s.constant(1, to), s.constant(0, to)) : s.cast(x!, to)
    return dtype === 'f16' ? asHalf(s, same) : same
  },
  partials: [
    (b, d, { inputs: [x], output }) => {
      const to = d.type.dtype === output.type.dtype ? x!.type.dtype : output.type.dtype
      return isFloat(output.type.dtype) && isFloat(x!.type.dtype) ? b.emit(cast, [d], { dtype: to }) : undefined
    },
  ],
  // Rounding is done on the bits.
  operations: (output) => (output === 'f16' ? 12 : 1),
})

/** The value in a dtype; itself where it is of it. */
export const asDType = (b: Builder, x: Value, dtype: DType): Value =>
  x.type.dtype === dtype ? x : b.emit(cast, [x], { dtype })

function converted(x: number, from: DType, to: DType): number {
  if (to === 'bool') return Number(x !== 0)
  if (isFloat(to) || !isFloat(from)) return x
  if (Number.isNaN(x)) return 0
  const [low, high] = to === 'u32' ? [0, 0xffffffff] : [-0x80000000, 0x7fffffff]
  return Math.trunc(Math.min(Math.max(x, low), high))
}

/** The same 32 bits as another dtype. */
export const bitcast: Primitive<CastParams> = elementwise({
  name: 'bitcast',
  inputs: 1,
  dtype: ([from], { dtype }) => (is32Bits(from!) && is32Bits(dtype) ? dtype : undefined),
  takes: 'and gives f32, i32 or u32',
  scalar([x], { inputs: [from], output: to }) {
    write(from!, x!)
    return to === 'f32' ? bits.getFloat32(0) : to === 'i32' ? bits.getInt32(0) : bits.getUint32(0)
  },
  lower: (s, [x], { output }) => s.bitcast(x!, output),
  partials: none('the bits of a number have no gradient'),
})

const is32Bits = (dtype: DType): boolean => dtype === 'f32' || dtype === 'i32' || dtype === 'u32'

const bits = new DataView(new ArrayBuffer(4))
const write = (dtype: DType, x: number): void =>
  dtype === 'f32' ? bits.setFloat32(0, x) : dtype === 'i32' ? bits.setInt32(0, x) : bits.setUint32(0, x)
