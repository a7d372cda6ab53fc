import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Plus } from './arithmetic.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import type { DivideFloor, Divides } from './difference.ts'
import { type Dim, type Extent, type Extents, type Shape, type Show, type Sized, show } from './dim.ts'
import type { DType } from './dtype.ts'
import { type Listed, listed } from './listed.ts'

/** A as a list of N equal parts along axis X, or of parts of the sizes N. */
export type Split<A, N extends number | Shape, X extends number> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | X
      ? Tensor<Shape, D>[]
      : Cut<S, X> extends {
            before: infer Before extends Shape
            after: readonly [infer d extends Dim, ...infer After extends Shape]
          }
        ? N extends Shape
          ? AddsUp<d, N> extends true
            ? Parts<Before, N, After, D>
            : `shape error: split: ${Listed<N>} does not add up to axis ${X} of ${Show<S>}`
          : N extends number
            ? FallsInto<d, N> extends true
              ? Copies<Tensor<[...Before, Sized<d> extends true ? DivideFloor<d & number, N> : number, ...After], D>, N>
              : `shape error: split: axis ${X} of ${Show<S>} does not fall into ${N} equal parts`
            : never
        : OutOfRange<'split', S, X>
    : never
type FallsInto<d extends Dim, N extends number> = `${N}` extends '0' | `-${string}`
  ? false
  : Sized<d> extends true
    ? Divides<d & number, N>
    : true
type AddsUp<d extends Dim, N extends Shape> =
  Total<N> extends infer Sum
    ? Sized<Sum> extends true
      ? Sized<d> extends true
        ? { d: d } extends { d: Sum }
          ? true
          : false
        : true
      : true
    : never
/** The sum of literal sizes; a list of which the type does not know all has none. */
type Total<N extends Shape, Done extends number = 0> = number extends N['length']
  ? number
  : N extends readonly [infer n extends Dim, ...infer Rest extends Shape]
    ? Sized<n> extends true
      ? Total<Rest, Plus<Done, n & number> & number>
      : number
    : Done
type Parts<Before extends Shape, N extends Shape, After extends Shape, D extends DType> = {
  -readonly [I in keyof N]: Tensor<[...Before, N[I], ...After], D>
}
type Copies<T extends AnyTensor, N extends number, Done extends T[] = []> = number extends N
  ? T[]
  : Done['length'] extends N
    ? Done
    : Copies<T, N, [...Done, T]>

/** The list that a split makes. */
export type MakesParts<Rule> = Rule extends string ? AnyTensor[] : Rule

/** The axis counted from the front, and what each part has of it. `sizes` are bound, or one number of equal parts. */
export function splitSizes(
  shape: Extents,
  parts: number | Extents,
  axis: number,
): { axis: number; sizes: Extents } | string {
  const at = axisOf('split', shape, axis)
  if (typeof at === 'string') return at
  const { size } = shape[at]!
  if (typeof parts !== 'number') {
    const total = parts.reduce((sum, part) => sum + part.size, 0)
    return total === size
      ? { axis: at, sizes: parts }
      : `shape error: split: ${listed(parts.map(({ dim }) => dim))} does not add up to axis ${axis} of ${show(shape)}`
  }
  if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)
    return `shape error: split: axis ${axis} of ${show(shape)} does not fall into ${parts} equal parts`
  const part: Extent = { dim: size / parts, size: size / parts }
  return { axis: at, sizes: new Array<Extent>(parts).fill(part) }
}
