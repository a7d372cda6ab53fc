import { described } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import { type Dim, type Extents, type Shape, type Show, show } from './dim.ts'
import type { DType } from './dtype.ts'
import type { Below } from './order.ts'
import type { IsParameter } from './parameter.ts'

/** The K greatest elements along axis X, and where they stand. */
export type TopK<A, K extends number, X extends number, Never = never> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | X
      ? Found<Shape, D>
      : Cut<S, X> extends {
            before: infer Before extends Shape
            after: readonly [infer d extends Dim, ...infer After extends Shape]
          }
        ? Fewer<d, K, Never> extends true
          ? `shape error: topK: axis ${X} of ${Show<S>} has fewer than ${K} elements`
          : Found<[...Before, K, ...After], D>
        : OutOfRange<'topK', S, X>
    : never
interface Found<S extends Shape, D extends DType> {
  readonly values: Tensor<S, D>
  readonly indices: Tensor<S, 'i32'>
}
type Fewer<d extends Dim, K extends number, Never> =
  IsParameter<d, Never> extends true ? false : d extends number ? ([Below<d, K>] extends [true] ? true : false) : false

export function topKShape(shape: Extents, k: number, axis: number): Extents | string {
  const at = axisOf('topK', shape, axis)
  if (typeof at === 'string') return at
  if (!Number.isInteger(k) || k < 0) return `type error: topK: ${described(k)} is not a number of elements`
  return k > shape[at]!.size
    ? `shape error: topK: axis ${axis} of ${show(shape)} has fewer than ${k} elements`
    : shape.with(at, { dim: k, size: k })
}
