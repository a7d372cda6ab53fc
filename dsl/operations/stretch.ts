import type { Builder } from '../../compiler/ir/builder.ts'
import { sameShape, type Value } from '../../compiler/ir/graph.ts'
import { broadcast } from '../../compiler/ir/primitives/index.ts'
import type { Extents } from '../shape/dim.ts'

/**
 * Broadcasts a value, aligned at the right, to a shape that it fits. What the author does not see, the two words of a
 * key, stays last.
 */
export function stretch(b: Builder, value: Value, from: Extents, to: Extents): Value {
  const words = value.type.shape.slice(from.length)
  const shape = [...to.map((at) => at.size), ...words]
  if (sameShape(value.type.shape, shape)) return value
  const lead = to.length - from.length
  return b.emit(broadcast, [value], { shape, axes: value.type.shape.map((_, i) => lead + i) }, value.name)
}
