import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { triangleCheck } from '../shape/triangle.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, type Trace } from '../trace/trace.ts'

/** Column - row of every element of the last two axes. */
function diagonalOf(trace: Trace, shape: readonly number[], name: string): Value {
  const along = (axis: number) => trace.builder.emit(p.iota, [], { shape, axis, dtype: 'i32' }, name)
  return trace.builder.emit(p.sub, [along(shape.length - 1), along(shape.length - 2)], {}, name)
}

const triangle =
  (op: 'tril' | 'triu') =>
  (x: Held, diagonal: number): Held => {
    check(triangleCheck(op, extentsOf(x), x.dtype))
    check(
      Number.isInteger(diagonal) && Math.abs(diagonal) < 2 ** 31
        ? undefined
        : `type error: ${op}: ${described(diagonal)} is not the number of a diagonal`,
    )
    const trace = enter(op, [x])
    const { builder } = trace
    const { shape, dtype } = x.value.type
    // What is dropped lies above the diagonal, or below it.
    const limit = builder.emit(p.constant, [], { value: diagonal, shape, dtype: 'i32' }, op)
    const at = diagonalOf(trace, shape, op)
    const dropped = builder.emit(p.less, op === 'tril' ? [limit, at] : [at, limit], {}, op)
    const zero = builder.emit(p.constant, [], { value: 0, shape, dtype }, op)
    return hold(trace, builder.emit(p.select, [dropped, zero, x.value], {}, op), x.shape, x.dtype)
  }

export const tril = triangle('tril')
export const triu = triangle('triu')
