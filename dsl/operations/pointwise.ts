import type { Primitive } from '../../compiler/ir/primitive.ts'
import { type DType, numbers } from '../shape/dtype.ts'
import { type Held, hold } from '../trace/held.ts'
import { check, enter, must } from '../trace/trace.ts'
import { binaryShape, operandValue, stretched, tensorsAmong } from './operands.ts'

// Makers of the operations that are one primitive, applied element by element. What they make takes a name for the
// result, where that is another than the operation's.

export type NoParams = { readonly [name: string]: never }
export type Allowed = (op: string, dtype: DType) => string | undefined

/** An operation of each element of one tensor. */
export const unary =
  (op: string, primitive: Primitive<NoParams>, allowed: Allowed) =>
  (x: Held, name = op): Held => {
    check(allowed(op, x.dtype))
    const trace = enter(op, [x])
    return hold(trace, trace.builder.emit(primitive, [x.value], {}, name), x.shape, x.dtype)
  }

interface Binary {
  /** The dtypes of its operands; numbers unless given. */
  readonly allowed?: Allowed
  /** Its own dtype, where that is another than its operands'. */
  readonly result?: DType
  /** The primitive takes the operands in the other order. */
  readonly swapped?: boolean
}
/** An operation of two tensors, or of a tensor and a number, broadcast against each other. */
export const binary =
  (op: string, primitive: Primitive<NoParams>, { allowed = numbers, result, swapped = false }: Binary = {}) =>
  (a: Held, b: Held | number, name = op): Held => {
    check(allowed(op, a.dtype))
    const shape = must(binaryShape(op, a, b))
    const trace = enter(op, tensorsAmong([a, b]))
    const inputs = [stretched(trace, a, shape), operandValue(op, trace, a.dtype, b, shape)]
    const value = trace.builder.emit(primitive, swapped ? inputs.toReversed() : inputs, {}, name)
    return hold(trace, value, shape, result ?? a.dtype)
  }
