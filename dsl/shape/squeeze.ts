import type { Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import { type Dim, type Extents, type Shape, type Show, show, type Wide } from './dim.ts'

/** A without its axis X, which is of size 1, or without all dims of 1 where X is undefined. */
export type Squeeze<A, X> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | X
      ? Tensor<Shape, D>
      : X extends number
        ? Cut<S, X> extends {
            before: infer Before extends Shape
            after: readonly [infer d extends Dim, ...infer After extends Shape]
          }
          ? { d: d } extends { d: 1 }
            ? Tensor<[...Before, ...After], D>
            : Wide<d> extends true
              ? Tensor<[...Before, ...After], D>
              : `shape error: squeeze: axis ${X} of ${Show<S>} is ${d}, not 1`
          : OutOfRange<'squeeze', S, X>
        : Wide<S[number]> extends true
          ? Tensor<Shape, D>
          : Tensor<WithoutOnes<S>, D>
    : never
type WithoutOnes<S extends Shape, Done extends Shape = []> = S extends readonly [
  infer d extends Dim,
  ...infer Rest extends Shape,
]
  ? WithoutOnes<Rest, { d: d } extends { d: 1 } ? Done : [...Done, d]>
  : Done

export function squeezeShape(shape: Extents, axis: number | undefined): Extents | string {
  if (axis === undefined) return shape.filter((at) => at.dim !== 1)
  const at = axisOf('squeeze', shape, axis)
  if (typeof at === 'string') return at
  const { dim } = shape[at]!
  return dim === 1 ? shape.toSpliced(at, 1) : `shape error: squeeze: axis ${axis} of ${show(shape)} is ${dim}, not 1`
}
