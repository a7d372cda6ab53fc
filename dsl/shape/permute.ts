import type { Tensor } from '../tensor.ts'
import type { Cut } from './axis.ts'
import { type Dim, type Extents, type Shape, type Show, show } from './dim.ts'
import type { DType } from './dtype.ts'
import { type Listed, listed } from './listed.ts'

/** A with its last two axes exchanged. */
export type Transpose<A> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length']
      ? Tensor<Shape, D>
      : S extends readonly [...infer Lead extends Shape, infer a extends Dim, infer b extends Dim]
        ? Tensor<[...Lead, b, a], D>
        : `shape error: transpose: ${Show<S>} has fewer than two axes`
    : never

/** A with its axes in the order O. */
export type Permute<A, O extends readonly number[]> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | O['length'] | O[number]
      ? Tensor<Shape, D>
      : Ordered<S, D, O, O>
    : never
type Ordered<
  S extends Shape,
  D extends DType,
  O extends readonly number[],
  Whole extends readonly number[],
  Seen extends number = never,
  Done extends Shape = [],
> = O extends readonly [infer x extends number, ...infer Rest extends readonly number[]]
  ? Cut<S, x> extends {
      before: infer Before extends Shape
      after: readonly [infer d extends Dim, ...unknown[]]
    }
    ? Before['length'] extends Seen
      ? NoOrder<S, Whole>
      : Ordered<S, D, Rest, Whole, Seen | Before['length'], [...Done, d]>
    : NoOrder<S, Whole>
  : Done['length'] extends S['length']
    ? Tensor<Done, D>
    : NoOrder<S, Whole>
type NoOrder<
  S extends Shape,
  O extends readonly number[],
> = `shape error: permute: ${Listed<O>} is not an order of the axes of ${Show<S>}`

/** The axes in the new order, counted from the front. */
export function permutation(shape: Extents, order: readonly number[]): readonly number[] | string {
  const rank = shape.length
  const front = order.map((axis) => (Number.isInteger(axis) && axis < 0 ? axis + rank : axis))
  return front.length === rank && shape.every((_, axis) => front.includes(axis))
    ? front
    : `shape error: permute: ${listed(order)} is not an order of the axes of ${show(shape)}`
}

export const transposition = (shape: Extents): readonly number[] | string => {
  const axes = [...shape.keys()]
  const [row, column] = axes.splice(-2)
  return column === undefined
    ? `shape error: transpose: ${show(shape)} has fewer than two axes`
    : [...axes, column, row!]
}
