import fc from 'fast-check'
import type { FileDType } from '../../../runtime/data/host-tensor.ts'
import { sizeOf } from '../../../runtime/data/host-tensor.ts'
import { halves } from '../../compiler/halves.ts'
import { bfloats } from './bfloats.ts'

/** A tensor as a file is to have it. */
export interface Stored {
  readonly dtype: FileDType
  readonly shape: readonly number[]
  readonly values: readonly number[] | readonly bigint[]
}

const whole = (bits: number, signed: boolean) =>
  signed
    ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
    : fc.integer({ min: 0, max: 2 ** bits - 1 })

const elements: { readonly [dtype: string]: fc.Arbitrary<number> | fc.Arbitrary<bigint> } = {
  u8: whole(8, false),
  i8: whole(8, true),
  u16: whole(16, false),
  i16: whole(16, true),
  u32: whole(32, false),
  i32: whole(32, true),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  bool: whole(1, false),
  f32: fc.float(),
  f64: fc.double(),
  f16: whole(16, false).map((bits) => halves[bits]!),
  bf16: whole(16, false).map((bits) => bfloats[bits]!),
}

/** Tensors of these types, of up to three axes of up to four. */
export const stored = (...dtypes: readonly FileDType[]): fc.Arbitrary<Stored> =>
  fc
    .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }))
    .chain(([dtype, shape]) => {
      const size = sizeOf(shape)
      const values = fc.array(elements[dtype] as fc.Arbitrary<number>, { minLength: size, maxLength: size })
      return values.map((values) => ({ dtype, shape, values }))
    })
