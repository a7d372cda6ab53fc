import { described } from '../error.ts'
import type { AnyTensor } from '../tensor.ts'

export type Float = 'f32' | 'f16'
/** A 'key' is a random key: the author sees a scalar that only `random.ts` can use, the graph sees two u32. */
export type DType = Float | 'i32' | 'u32' | 'bool' | 'key'

/** Where tensors of a dtype can be made of numbers. */
export function supported(op: string, dtype: DType): string | undefined {
  if (dtype === 'key') return `dtype error: ${op}: key is not a number`
  return makeable.includes(dtype)
    ? undefined
    : `dtype error: ${op}: ${typeof dtype === 'string' ? dtype : described(dtype)} is not a dtype; use ${makeable.join(', ')}`
}
const makeable: readonly string[] = ['f32', 'f16', 'i32', 'u32', 'bool'] satisfies readonly DType[]

/** Rule where D and E are the same, otherwise the complaint. */
export type SameDType<Op extends string, D extends DType, E extends DType, Rule> = { d: E } extends { d: D }
  ? Rule
  : DType extends D | E
    ? AnyTensor
    : `dtype error: ${Op}: ${D} with ${E}; cast one of them`

export const sameDType = (op: string, a: DType, b: DType): string | undefined =>
  a === b ? undefined : `dtype error: ${op}: ${a} with ${b}; cast one of them`

/** Check: A is a float. */
export type Floats<Op extends string, A extends AnyTensor> = A extends { dtype: Float }
  ? never
  : DType extends A['dtype']
    ? never
    : `dtype error: ${Op}: ${A['dtype']} is not a float; cast('f32') first`

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f16'

export const floats = (op: string, a: DType): string | undefined =>
  isFloat(a) ? undefined : `dtype error: ${op}: ${a} is not a float; cast('f32') first`

/** Check: A is a number, neither a bool nor a key. */
export type Numbers<Op extends string, A extends AnyTensor> = [A['dtype']] extends ['bool' | 'key']
  ? `dtype error: ${Op}: ${A['dtype']} is not a number`
  : never

export const numbers = (op: string, a: DType): string | undefined =>
  a === 'bool' || a === 'key' ? `dtype error: ${op}: ${a} is not a number` : undefined

/** Check: A is a number that can be negative. */
export type Signed<Op extends string, A extends AnyTensor> = [A['dtype']] extends ['u32']
  ? `dtype error: ${Op}: u32 has no sign; cast('i32') first`
  : Numbers<Op, A>

export const signed = (op: string, a: DType): string | undefined =>
  a === 'u32' ? `dtype error: ${op}: u32 has no sign; cast('i32') first` : numbers(op, a)

/** Check: A is an integer. */
export type Ints<Op extends string, A extends AnyTensor> = A extends { dtype: 'i32' | 'u32' }
  ? never
  : DType extends A['dtype']
    ? never
    : `dtype error: ${Op}: ${A['dtype']} is not an integer; cast('i32') first`

export const ints = (op: string, a: DType): string | undefined =>
  isInt(a) ? undefined : `dtype error: ${op}: ${a} is not an integer; cast('i32') first`

const isInt = (dtype: DType): boolean => dtype === 'i32' || dtype === 'u32'

/** Check: A is a bool. */
export type Bools<Op extends string, A extends AnyTensor> = A extends { dtype: 'bool' }
  ? never
  : DType extends A['dtype']
    ? never
    : `dtype error: ${Op}: ${A['dtype']} is not a bool; compare first`

export const bools = (op: string, a: DType): string | undefined =>
  a === 'bool' ? undefined : `dtype error: ${op}: ${a} is not a bool; compare first`

/** Check: A is a bool or an integer: something of bits. */
export type Bits<Op extends string, A extends AnyTensor> = A extends { dtype: 'bool' | 'i32' | 'u32' }
  ? never
  : DType extends A['dtype']
    ? never
    : `dtype error: ${Op}: ${A['dtype']} is neither a bool nor an integer; compare first`

export const bits = (op: string, a: DType): string | undefined =>
  a === 'bool' || isInt(a) ? undefined : `dtype error: ${op}: ${a} is neither a bool nor an integer; compare first`

/** Check: A is anything but a key. */
export type Comparable<Op extends string, A extends AnyTensor> = [A['dtype']] extends ['key']
  ? `dtype error: ${Op}: key cannot be compared`
  : never

export const comparable = (op: string, a: DType): string | undefined =>
  a === 'key' ? `dtype error: ${op}: key cannot be compared` : undefined

/** The checks of what an operation takes, by name. */
export interface Takes<Op extends string, A extends AnyTensor> {
  readonly numbers: Numbers<Op, A>
  readonly signed: Signed<Op, A>
  readonly floats: Floats<Op, A>
  readonly ints: Ints<Op, A>
  readonly bools: Bools<Op, A>
  readonly bits: Bits<Op, A>
  readonly comparable: Comparable<Op, A>
}
export type Kind = keyof Takes<string, AnyTensor>
