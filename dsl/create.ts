import * as p from '../compiler/ir/primitives/index.ts'
import { described } from './error.ts'
import * as elementwise from './operations/elementwise.ts'
import * as layout from './operations/layout.ts'
import { checkSupported } from './operations/supported.ts'
import type { Binary, Broadcast } from './shape/broadcast.ts'
import type { Concat } from './shape/concat.ts'
import type { Dim, Shape } from './shape/dim.ts'
import type { DType, Supported } from './shape/dtype.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { AnyTensor, Operand, Tensor } from './tensor.ts'
import { hold } from './trace/held.ts'
import { bindDims, enter, fail } from './trace/trace.ts'
import { heldTensor, operand, traced } from './traced-tensor.ts'

// Two signatures each: a type parameter for a dtype that is not given would be guessed from what the result is used for.

interface Filled<Op extends string> {
  <const S extends Shape>(shape: [...S]): Tensor<S>
  <const S extends Shape, D extends Exclude<DType, 'key'>>(
    shape: [...S],
    dtype: Needs<Supported<Op, D>, D>,
  ): Tensor<S, D>
}
/** Names in a shape are those of the program's inputs. */
export const zeros = ((shape: Shape, dtype?: DType) => filled('zeros', shape, 0, dtype)) as unknown as Filled<'zeros'>
export const ones = ((shape: Shape, dtype?: DType) => filled('ones', shape, 1, dtype)) as unknown as Filled<'ones'>

/** A tensor with all elements equal. */
export function full<const S extends Shape>(shape: [...S], value: number): Tensor<S>
export function full<const S extends Shape, D extends Exclude<DType, 'key'>>(
  shape: [...S],
  value: number,
  dtype: Needs<Supported<'full', D>, D>,
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
export function iota<const N extends Dim, D extends 'f32' | 'i32' | 'u32'>(size: N, dtype: D): Tensor<[N], D>
export function iota(size: Dim, dtype: 'f32' | 'i32' | 'u32' = 'i32'): unknown {
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

type Where<C, A, B> =
  Makes<Binary<'where', A, B>> extends Tensor<infer S, infer D>
    ? C extends Tensor<infer T, 'bool'>
      ? Broadcast<'where', S, T, D>
      : never
    : never

/** Element by element, `a` where the condition holds and `b` elsewhere. */
export function where<C extends Tensor<Shape, 'bool'>, A extends AnyTensor, B extends Operand>(
  condition: Needs<Where<C, A, B>, C>,
  a: A,
  b: Needs<Binary<'where', A, B>, B>,
): Makes<Where<C, A, B>> {
  return traced(
    elementwise.where(heldTensor('where', condition), heldTensor('where', a), operand('where', b)),
  ) as Makes<Where<C, A, B>>
}
