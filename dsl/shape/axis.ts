import { described } from '../error.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Dim, Extents, Shape, Show } from './dim.ts'
import { show } from './dim.ts'

/**
 * A shape cut before position X, which counts from the end where negative; undefined where there is no such position.
 */
export type Cut<S extends Shape, X extends number> = `${X}` extends `-${infer Back extends number}`
  ? CutAt<S, Back> extends { after: infer Before extends Shape }
    ? CutAt<S, Before['length']>
    : undefined
  : CutAt<S, X>
type CutAt<S extends Shape, X, Before extends Shape = []> = Before['length'] extends X
  ? { before: Before; after: S }
  : S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
    ? CutAt<Rest, X, [...Before, Head]>
    : undefined

/** The size of axis X: its literal where the type has one. */
export type SizeAt<A extends AnyTensor, X extends number> =
  A extends Tensor<infer S, infer _>
    ? Cut<S, X> extends { after: readonly [infer d, ...unknown[]] }
      ? d extends number
        ? d
        : number
      : number extends S['length']
        ? number
        : OutOfRange<'size', S, X>
    : never
export type OutOfRange<
  Op extends string,
  S extends Shape,
  X extends number,
> = `shape error: ${Op}: axis ${X} is out of range for ${Show<S>}`

/** The axis counted from the front. */
export function axisOf(op: string, shape: Extents, axis: number, rank = shape.length): number | string {
  if (typeof axis !== 'number') return `type error: ${op}: ${described(axis)} is not an axis; write a whole number`
  const front = axis < 0 ? axis + rank : axis
  return Number.isInteger(axis) && front >= 0 && front < rank
    ? front
    : `shape error: ${op}: axis ${axis} is out of range for ${show(shape)}`
}
