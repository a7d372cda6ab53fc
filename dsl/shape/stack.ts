import type { AnyTensor, Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import { agree, type Extents, nameOf, type Shape, type Show, show } from './dim.ts'
import type { DType, SameDType } from './dtype.ts'
import type { Fits } from './fit.ts'

/** Tensors of one shape, next to each other along a new axis at position X. */
export type Stack<Parts extends readonly AnyTensor[], X extends number> = Parts extends readonly [
  Tensor<infer S, infer D>,
  ...infer Rest,
]
  ? number extends S['length'] | X
    ? Tensor<Shape, D>
    : Alike<S, D, Rest> extends infer Complaint extends string
      ? Complaint
      : Put<S, D, Parts['length'], X>
  : Parts extends readonly []
    ? 'shape error: stack: there is nothing to stack'
    : Parts[number] extends Tensor<infer S, infer D>
      ? Put<S, D, number, X>
      : never
type Alike<S extends Shape, D extends DType, Rest> = Rest extends readonly [Tensor<infer T, infer E>, ...infer More]
  ? SameDType<
      'stack',
      D,
      E,
      Fits<T, S> extends true ? true : `shape error: stack: ${Show<S>} with ${Show<T>} are not of one shape`
    > extends infer Complaint extends string
    ? Complaint
    : Alike<S, D, More>
  : true
type Put<S extends Shape, D extends DType, N extends number, X extends number> = number extends S['length'] | X
  ? Tensor<Shape, D>
  : Cut<readonly [...S, 1], X> extends {
        before: infer Before extends Shape
        after: readonly [...infer After extends Shape, 1]
      }
    ? Tensor<[...Before, N, ...After], D>
    : OutOfRange<'stack', S, X>

/** The shape of each part, with whatever names they have. */
export function alikeShape(a: Extents, b: Extents): Extents | string {
  return a.length === b.length && a.every((at, i) => agree(at, b[i]!))
    ? a.map((at, i) => nameOf(at, b[i]!))
    : `shape error: stack: ${show(a)} with ${show(b)} are not of one shape`
}

/** The position of the new axis, counted from the front. */
export const stackAxis = (shape: Extents, axis: number): number | string =>
  axisOf('stack', shape, axis, shape.length + 1)
