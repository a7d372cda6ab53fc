import type { AnyTensor, Tensor } from '../tensor.ts'
import { axesOf, type HasAxes, type PositionOf } from './axes.ts'
import type { Cut, OutOfRange } from './axis.ts'
import type { Dim, Extents, Shape, Show } from './dim.ts'
import type { DType } from './dtype.ts'
import type { Is } from './parameter.ts'

/** One axis or several, counted from the end where negative; all of them where undefined. */
export type Over = number | readonly number[] | undefined

/**
 * A folded over the axes X. With Keep a dim of 1 stays in the place of each folded axis. Result 'same' keeps the dtype.
 */
export type Reduce<Op extends string, A extends AnyTensor, X, Keep, Result extends DType | 'same' = 'same'> =
  A extends Tensor<infer S, infer D> ? Folded<Op, A, S, X, Keep, Result extends DType ? Result : D> : never

/**
 * A tensor of what is left of a shape, or the complaint; of any shape where the types do not tell. Made where its dims
 * are known to be dims, so that functions that are generic in them have it, too.
 */
type Folded<Op extends string, A extends AnyTensor, S extends Shape, X, Keep, D extends DType> = boolean extends Keep
  ? Tensor<Shape, D>
  : X extends undefined
    ? Tensor<Keep extends true ? { [I in keyof S]: 1 } : [], D>
    : X extends number
      ? number extends X | S['length']
        ? Tensor<Shape, D>
        : Cut<S, X> extends {
              before: infer Before extends Shape
              after: readonly [unknown, ...infer After extends Shape]
            }
          ? Tensor<[...Before, ...(Keep extends true ? [1] : []), ...After], D>
          : OutOfRange<Op, S, X>
      : X extends readonly number[]
        ? number extends X[number] | S['length'] | X['length']
          ? Tensor<Shape, D>
          : HasAxes<Op, A, X> extends infer Complaint
            ? [Complaint] extends [never]
              ? Without<S, Positions<S, X>, Keep> extends infer Rest extends Shape
                ? Tensor<Rest, D>
                : never
              : Complaint
            : never
        : never
/** As a union. An empty list has none. */
type Positions<S extends Shape, X extends readonly number[]> = {
  [I in keyof X]: PositionOf<S, X[I]>
}[number]
/** S without the dims at the positions At, or with 1 in their places. */
type Without<
  S extends Shape,
  At,
  Keep,
  Seen extends readonly unknown[] = [],
  Done extends Shape = [],
> = S extends readonly [infer Head extends Dim, ...infer Rest extends Shape]
  ? Without<
      Rest,
      At,
      Keep,
      [...Seen, Head],
      Seen['length'] extends At ? (Keep extends true ? [...Done, 1] : Done) : [...Done, Head]
    >
  : Done

/** Check: there is an element to be the first along axis X, or at all. */
export type Filled<Op extends string, A extends AnyTensor, X, Never = never> = X extends number
  ? Cut<A['shape'], X> extends { after: readonly [infer d, ...unknown[]] }
    ? Is<d, 0, Never> extends true
      ? `shape error: ${Op}: axis ${X} of ${Show<A['shape']>} is empty`
      : never
    : never
  : number extends A['shape'][number]
    ? never
    : 0 extends A['shape'][number]
      ? `shape error: ${Op}: ${Show<A['shape']>} is empty`
      : never

/** The axes to fold, counted from the front and increasing, and the shape that remains. */
export function reduceShape(
  op: string,
  shape: Extents,
  over: Over,
  keepdims: boolean,
): { axes: readonly number[]; shape: Extents } | string {
  const axes = axesOf(op, shape, over)
  if (typeof axes === 'string') return axes
  const kept = shape.flatMap((at, i) => (!axes.includes(i) ? [at] : keepdims ? [{ dim: 1, size: 1 }] : []))
  return { axes: axes.toSorted((a, b) => a - b), shape: kept }
}
