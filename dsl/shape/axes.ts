import { described } from '../error.ts'
import type { AnyTensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import type { Extents, Shape, Show } from './dim.ts'
import { show } from './dim.ts'
import { type Listed, listed } from './listed.ts'

/** Check: X is an axis of A. */
export type HasAxis<Op extends string, A extends AnyTensor, X extends number> = number extends A['shape']['length'] | X
  ? never
  : PositionOf<A['shape'], X> extends never
    ? OutOfRange<Op, A['shape'], X>
    : never

/** Check: X is undefined, an axis of A, or a list of different axes of A. */
export type HasAxes<Op extends string, A extends AnyTensor, X> = X extends number
  ? HasAxis<Op, A, X>
  : X extends readonly number[]
    ? number extends A['shape']['length'] | X['length'] | X[number]
      ? never
      : Different<Op, A['shape'], X, X>
    : never
type Different<
  Op extends string,
  S extends Shape,
  X extends readonly number[],
  Whole extends readonly number[],
  Seen = never,
> = X extends readonly [infer x extends number, ...infer Rest extends readonly number[]]
  ? [PositionOf<S, x>] extends [never]
    ? OutOfRange<Op, S, x>
    : [PositionOf<S, x>] extends [Seen]
      ? `shape error: ${Op}: axes ${Listed<Whole>} of ${Show<S>} name one twice`
      : Different<Op, S, Rest, Whole, Seen | PositionOf<S, x>>
  : never

/** Axis X counted from the front; never where there is no such axis. */
export type PositionOf<S extends Shape, X extends number> =
  Cut<S, X> extends { before: infer Before extends Shape; after: readonly [unknown, ...unknown[]] }
    ? Before['length']
    : never

/** The axes counted from the front, all of them where none are given. */
export function axesOf(
  op: string,
  shape: Extents,
  axes: number | readonly number[] | undefined,
): readonly number[] | string {
  if (axes === undefined) return [...shape.keys()]
  if (typeof axes !== 'number' && !Array.isArray(axes))
    return `type error: ${op}: ${described(axes)} is not an axis or a list of axes`
  const found: number[] = []
  for (const axis of typeof axes === 'number' ? [axes] : axes) {
    const at = axisOf(op, shape, axis)
    if (typeof at === 'string') return at
    if (found.includes(at))
      return `shape error: ${op}: axes ${listed(axes as readonly number[])} of ${show(shape)} name one twice`
    found.push(at)
  }
  return found
}
