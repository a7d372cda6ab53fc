import type { Type, Value } from '../../compiler/ir/graph.ts'
import type { Extents, Shape } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import type { Trace } from './trace.ts'

/** What a traced tensor is: a value of the graph, seen as the author sees it. */
export interface Held {
  readonly value: Value
  readonly shape: Shape
  readonly dtype: DType
  readonly trace: Trace
}

/** The dims of a tensor with their sizes. A key's last axis is not the author's. */
export const extentsOf = (held: Pick<Held, 'value' | 'shape'>): Extents =>
  held.shape.map((dim, axis) => ({ dim, size: held.value.type.shape[axis]! }))

/** A tensor of the current trace from a value that it holds. */
export const hold = (trace: Trace, value: Value, shape: Extents | Shape, dtype: DType): Held => ({
  value,
  shape: shape.map((at) => (typeof at === 'object' ? at.dim : at)),
  dtype,
  trace,
})

/** The graph's type of a tensor that the author sees as `shape` and `dtype`. */
export const typeOf = (shape: Extents, dtype: DType): Type => {
  const sizes = shape.map((at) => at.size)
  return dtype === 'key' ? { shape: [...sizes, 2], dtype: 'u32' } : { shape: sizes, dtype }
}
