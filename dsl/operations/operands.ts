import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { broadcastShapes } from '../shape/broadcast.ts'
import type { Extents } from '../shape/dim.ts'
import { type DType, isFloat, sameDType } from '../shape/dtype.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { fail, type Trace } from '../trace/trace.ts'
import { stretch } from './stretch.ts'
import { checkSupported } from './supported.ts'

// The operands of an elementwise operation: tensors that broadcast against each other, and numbers that take the dtype
// of the tensor beside them.

/** A tensor, seen with other dims than its own where those are given. */
export type Sized = Held & { readonly extents?: Extents }

export function binaryShape(op: string, a: Sized, b: Held | number): Extents | string {
  const left = a.extents ?? extentsOf(a)
  return typeof b === 'number' ? left : (sameDType(op, a.dtype, b.dtype) ?? broadcastShapes(op, left, extentsOf(b)))
}

export const stretched = (trace: Trace, x: Held, shape: Extents): Value =>
  stretch(trace.builder, x.value, extentsOf(x), shape)

/** A number is a constant of the tensor's dtype and of the result's shape. */
export function operandValue(op: string, trace: Trace, dtype: DType, x: Held | number, shape: Extents): Value {
  return typeof x === 'number' ? splat(op, trace, dtype, x, shape) : stretched(trace, x, shape)
}

export const tensorsAmong = (operands: readonly (Held | number)[]): readonly Held[] =>
  operands.filter((operand) => typeof operand !== 'number')

export function splat(op: string, trace: Trace, dtype: DType, value: number, shape: Extents): Value {
  checkSupported(op, dtype)
  if (typeof value !== 'number') throw fail(`type error: ${op}: ${described(value)} is not a number`)
  const holds =
    isFloat(dtype) ||
    (Number.isInteger(value) &&
      (dtype === 'u32' ? value === value >>> 0 : dtype === 'i32' ? value === (value | 0) : value === 0 || value === 1))
  if (!holds) throw fail(`dtype error: ${op}: ${value} is not of ${dtype}; cast the tensor`)
  return trace.builder.emit(p.constant, [], { value, shape: shape.map((at) => at.size), dtype })
}
