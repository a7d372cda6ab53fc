import type { Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import type { Extents, Shape } from './dim.ts'

/** A folded over axis X, or over all axes where X is undefined. With Keep a dim of 1 stays in the place of each folded axis. */
export type Reduce<Op extends string, A, X, Keep> =
  A extends Tensor<infer S, infer D>
    ? X extends number
      ? Cut<S, X> extends {
          before: infer Before extends Shape
          after: readonly [unknown, ...infer After extends Shape]
        }
        ? Tensor<[...Before, ...(Keep extends true ? [1] : []), ...After], D>
        : number extends S['length']
          ? Tensor<Shape, D>
          : OutOfRange<Op, S, X>
      : Tensor<Keep extends true ? AllOnes<S> : [], D>
    : never
type AllOnes<S extends Shape> = { [I in keyof S]: 1 }

/** The axes to fold, counted from the front, and the shape that remains. */
export function reduceShape(
  op: string,
  shape: Extents,
  axis: number | undefined,
  keepdims: boolean,
): { axes: readonly number[]; shape: Extents } | string {
  const one = axis === undefined ? undefined : axisOf(op, shape, axis)
  if (typeof one === 'string') return one
  const axes = one === undefined ? shape.map((_, i) => i) : [one]
  const kept = shape.flatMap((at, i) => (!axes.includes(i) ? [at] : keepdims ? [{ dim: 1, size: 1 }] : []))
  return { axes, shape: kept }
}
