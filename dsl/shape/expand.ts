import type { Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import type { Extents, Shape } from './dim.ts'

/** A with an axis of size 1 put in at position X; -1 puts it last. */
export type Expand<A, X extends number> =
  A extends Tensor<infer S, infer D>
    ? Cut<readonly [...S, 1], X> extends {
        before: infer Before extends Shape
        after: readonly [...infer After extends Shape, 1]
      }
      ? Tensor<[...Before, 1, ...After], D>
      : number extends S['length']
        ? Tensor<Shape, D>
        : OutOfRange<'expand', S, X>
    : never

export function expandShape(shape: Extents, axis: number): Extents | string {
  const at = axisOf('expand', shape, axis, shape.length + 1)
  return typeof at === 'string' ? at : shape.toSpliced(at, 0, { dim: 1, size: 1 })
}
