import type { Tensor } from '../tensor.ts'
import { type Plus, plusExtent } from './arithmetic.ts'
import { axisOf, type Cut } from './axis.ts'
import { agree, type Dim, type Extents, nameOf, type Shape, type Show, show } from './dim.ts'
import type { DType, SameDType } from './dtype.ts'
import type { Fits } from './fit.ts'

/** The parts, joined along axis X in order: their other dims are the same. */
export type Concat<Parts extends readonly unknown[], X extends number> = Parts extends readonly [
  Tensor<infer S, infer D>,
  Tensor<infer T, infer E>,
  ...infer Rest,
]
  ? SameDType<'concat', D, E, Append<S, T, X, D>> extends infer Joined
    ? Joined extends string
      ? Joined
      : Concat<[Joined, ...Rest], X>
    : never
  : Parts[0]
type Append<S extends Shape, T extends Shape, X extends number, D extends DType> = number extends
  | S['length']
  | T['length']
  | X
  ? Tensor<Shape, D>
  : Cut<S, X> extends {
        before: infer Before extends Shape
        after: readonly [infer a extends Dim, ...infer After extends Shape]
      }
    ? Cut<T, X> extends {
        before: infer Before2 extends Shape
        after: readonly [infer b extends Dim, ...infer After2 extends Shape]
      }
      ? Fits<Before2, Before> | Fits<After2, After> extends infer Fit
        ? [Fit] extends [true]
          ? Tensor<[...Before, Plus<a, b>, ...After], D>
          : `shape error: concat: ${Show<S>} with ${Show<T>} differ beside axis ${X}`
        : never
      : Beyond<S, T, X>
    : Beyond<S, T, X>
type Beyond<
  S extends Shape,
  T extends Shape,
  X extends number,
> = `shape error: concat: axis ${X} is out of range for ${Show<S>} with ${Show<T>}`

/** The shape of two parts joined. */
export function concatShapes(a: Extents, b: Extents, axis: number): Extents | string {
  const [x, y] = [axisOf('concat', a, axis), axisOf('concat', b, axis)]
  if (typeof axis !== 'number') return x as string
  if (typeof x === 'string' || typeof y === 'string') {
    return `shape error: concat: axis ${axis} is out of range for ${show(a)} with ${show(b)}`
  }
  const fits = x === y && a.length === b.length && a.every((at, i) => i === x || agree(at, b[i]!))
  return fits
    ? a.map((at, i) => (i === x ? plusExtent(at, b[i]!) : nameOf(at, b[i]!)))
    : `shape error: concat: ${show(a)} with ${show(b)} differ beside axis ${axis}`
}
