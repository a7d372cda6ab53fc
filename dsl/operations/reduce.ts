import { sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { type DType, floats, numbers } from '../shape/dtype.ts'
import { reduceShape } from '../shape/reduce.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, must } from '../trace/trace.ts'
import { div } from './elementwise.ts'

export interface ReduceOptions {
  readonly keepdims?: boolean
}

const reduction =
  (op: string, primitive: typeof p.sum, allowed: (op: string, dtype: DType) => string | undefined) =>
  (x: Held, axis?: number, options: ReduceOptions = {}): Held => {
    check(allowed(op, x.dtype))
    const { axes, shape } = must(reduceShape(op, extentsOf(x), axis, options.keepdims ?? false))
    const trace = enter(op, [x])
    if (axes.length === 0) return hold(trace, x.value, shape, x.dtype)
    const folded = trace.builder.emit(primitive, [x.value], { axes }, op)
    const kept = options.keepdims
      ? trace.builder.emit(p.reshape, [folded], { shape: shape.map((at) => at.size) }, op)
      : folded
    return hold(trace, kept, shape, x.dtype)
  }

export const sum = reduction('sum', p.sum, numbers)
export const max = reduction('max', p.reduceMax, floats)

const meanSum = reduction('mean', p.sum, floats)
export function mean(x: Held, axis?: number, options?: ReduceOptions): Held {
  const total = meanSum(x, axis, options)
  const { shape } = x.value.type
  const terms = axis === undefined ? sizeOf(shape) : shape.at(axis)!
  return div(total, terms)
}
