import * as p from '../compiler/ir/primitives/index.ts'
import { described } from './error.ts'
import * as elementwise from './operations/elementwise.ts'
import * as layout from './operations/layout.ts'
import { checkSupported } from './operations/supported.ts'
import type { Binary, Broadcast } from './shape/broadcast.ts'
import type { Concat } from './shape/concat.ts'
import type { Dim, Shape } from './shape/dim.ts'
import type { DType, Float } from './shape/dtype.ts'
import type { Makes, Needs, Or } from './shape/rule.ts'
import type { AnyTensor, Operand, Tensor } from './tensor.ts'
import { hold } from './trace/held.ts'
import { bindDims, enter, fail } from './trace/trace.ts'
import { heldTensor, operand, traced } from './traced-tensor.ts'

// Two signatures each: a type parameter for a dtype that is not given would be guessed from what the result is used
// for.

interface Filled {
  <const S extends Shape>(shape: [...S]): Tensor<S>
  <const S extends Shape, D extends Exclude<DType, 'key'>>(shape: [...S], dtype: D): Tensor<S, D>
}
/** Names in a shape are those of the program's inputs. */
export const zeros = ((shape: Shape, dtype?: DType) => filled('zeros', shape, 0, dtype)) as unknown as Filled
export const ones = ((shape: Shape, dtype?: DType) => filled('ones', shape, 1, dtype)) as unknown as Filled

/** A tensor with all elements equal. */
export function full<const S extends Shape>(shape: [...S], value: number): Tensor<S>
export function full<const S extends Shape, D extends Exclude<DType, 'key'>>(
  shape: [...S],
  value: number,
  dtype: D,
): Tensor<S, D>
export function full(shape: Shape, value: number, dtype?: unknown): unknown {
  return filled('full', shape, value, dtype as DType | undefined)
}

function filled(op: string, shape: Shape, value: number, dtype: DType = 'f32'): AnyTensor {
  const extents = bindDims(op, shape)
  const trace = enter(op)
  return traced(hold(trace, elementwise.splat(op, trace, dtype, value, extents), extents, dtype))
}

/** 0, 1, 2, ... */
export function iota<const N extends Dim>(size: N): Tensor<[N], 'i32'>
export function iota<const N extends Dim, D extends Float | 'i32' | 'u32'>(size: N, dtype: D): Tensor<[N], D>
export function iota(size: Dim, dtype: Float | 'i32' | 'u32' = 'i32'): unknown {
  checkSupported('iota', dtype)
  const extents = bindDims('iota', [size])
  const trace = enter('iota')
  const value = trace.builder.emit(p.iota, [], { shape: extents.map((at) => at.size), axis: 0, dtype })
  return traced(hold(trace, value, extents, dtype))
}

/** The tensors joined along an axis, the first unless another is named. */
export function concat<const P extends readonly AnyTensor[], X extends number = 0>(
  parts: Needs<Concat<P, X>, P>,
  axis?: X,
): Makes<Concat<P, X>> {
  if (!Array.isArray(parts))
    throw fail(`type error: concat: ${described(parts)} is not a list of tensors; write concat([a, b])`)
  const held = (parts as readonly unknown[]).map((part) => heldTensor('concat', part))
  return traced(layout.concat(held, axis ?? 0)) as Makes<Concat<P, X>>
}

/** What stands on both sides of a choice: of two numbers, f32. */
type Choice<A, B> = A extends number ? (B extends number ? Tensor<[]> : B) : Binary<'where', A, B>
type Where<C, A, B> =
  Makes<Choice<A, B>> extends Tensor<infer S, infer D>
    ? C extends Tensor<infer T, infer _>
      ? Broadcast<'where', S, T, D>
      : never
    : never
/** Check: C is a condition. */
type Condition<C extends AnyTensor> = C extends { dtype: 'bool' }
  ? never
  : DType extends C['dtype']
    ? never
    : `dtype error: where: the condition is ${C['dtype']}, needs bool`

/**
 * Element by element, `a` where the condition holds and `b` elsewhere; all three broadcast. A number takes the dtype of
 * the tensor on the other side, f32 if that is a number too. Nothing comes from the side that is not chosen, and no
 * gradient goes there: that of where(x > 0, sqrt(x), 0) is 0 wherever x is not positive.
 */
export function where<C extends AnyTensor, A extends Operand, B extends Operand>(
  condition: Needs<Or<Condition<C>, Where<C, A, B>>, C>,
  a: A,
  b: Needs<Choice<A, B>, B>,
): Makes<Where<C, A, B>> {
  return traced(elementwise.where(heldTensor('where', condition), operand('where', a), operand('where', b))) as Makes<
    Where<C, A, B>
  >
}
