import type { AnyTensor, Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import { agree, type Dim, type Extents, nameOf, type Shape, type Show, show } from './dim.ts'
import { type DType, type Numbers, numbers, type SameDType, sameDType } from './dtype.ts'
import { type Fits, fits } from './fit.ts'
import type { Or } from './rule.ts'

/** Check: I are indices. */
export type Indices<Op extends string, I extends AnyTensor> = [I['dtype']] extends ['i32' | 'u32']
  ? never
  : DType extends I['dtype']
    ? never
    : `dtype error: ${Op}: the indices are ${I['dtype']}, needs i32 or u32`

const indices = (op: string, dtype: DType): string | undefined =>
  dtype === 'i32' || dtype === 'u32' ? undefined : `dtype error: ${op}: the indices are ${dtype}, needs i32 or u32`

/** A with axis X replaced by the axes of the indices I. */
export type Take<A extends AnyTensor, I extends AnyTensor, X extends number> = Or<
  Indices<'take', I>,
  Replaced<'take', A['shape'], I['shape'], X, A['dtype']>
>
type Replaced<Op extends string, S extends Shape, T extends Shape, X extends number, D extends DType> = number extends
  | S['length']
  | T['length']
  | X
  ? Tensor<Shape, D>
  : Cut<S, X> extends {
        before: infer Before extends Shape
        after: readonly [unknown, ...infer After extends Shape]
      }
    ? Tensor<[...Before, ...T, ...After], D>
    : OutOfRange<Op, S, X>

interface Typed {
  readonly shape: Extents
  readonly dtype: DType
}

export function takeShape(x: Typed, at: Typed, axis: number): { axis: number; shape: Extents } | string {
  return indices('take', at.dtype) ?? replaced('take', x.shape, at.shape, axis)
}

function replaced(op: string, shape: Extents, by: Extents, axis: number): { axis: number; shape: Extents } | string {
  const front = axisOf(op, shape, axis)
  return typeof front === 'string' ? front : { axis: front, shape: shape.toSpliced(front, 1, ...by) }
}

/** A read at indices I, which have its dims beside axis X. */
export type TakeAlong<A extends AnyTensor, I extends AnyTensor, X extends number> = Or<
  Indices<'takeAlong', I>,
  Along<A['shape'], I['shape'], X, A['dtype']>
>
type Along<S extends Shape, T extends Shape, X extends number, D extends DType> = number extends
  | S['length']
  | T['length']
  | X
  ? Tensor<T, D>
  : Cut<S, X> extends {
        before: infer Before extends Shape
        after: readonly [unknown, ...infer After extends Shape]
      }
    ? Cut<T, Before['length']> extends {
        before: infer Before2 extends Shape
        after: readonly [infer n extends Dim, ...infer After2 extends Shape]
      }
      ? Fits<Before2, Before> | Fits<After2, After> extends infer Fit
        ? [Fit] extends [true]
          ? Tensor<[...Before, n, ...After], D>
          : Beside<S, T, X>
        : never
      : Beside<S, T, X>
    : OutOfRange<'takeAlong', S, X>
type Beside<
  S extends Shape,
  T extends Shape,
  X extends number,
> = `shape error: takeAlong: ${Show<S>} with indices ${Show<T>} differ beside axis ${X}`

export function takeAlongShape(x: Typed, at: Typed, axis: number): { axis: number; shape: Extents } | string {
  const wrong = indices('takeAlong', at.dtype)
  if (wrong) return wrong
  const front = axisOf('takeAlong', x.shape, axis)
  if (typeof front === 'string') return front
  const fits = x.shape.length === at.shape.length && x.shape.every((dim, i) => i === front || agree(dim, at.shape[i]!))
  return fits
    ? { axis: front, shape: x.shape.map((dim, i) => (i === front ? at.shape[i]! : nameOf(dim, at.shape[i]!))) }
    : `shape error: takeAlong: ${show(x.shape)} with indices ${show(at.shape)} differ beside axis ${axis}`
}

/** Check: the updates U fit where the indices I stand for axis X of A. */
export type ScatterAdd<A extends AnyTensor, I extends AnyTensor, U extends AnyTensor, X extends number> = Or<
  Numbers<'scatterAdd', A>,
  Or<
    Indices<'scatterAdd', I>,
    Replaced<'scatterAdd', A['shape'], I['shape'], X, A['dtype']> extends infer Needed
      ? Needed extends Tensor<infer S, infer D>
        ? SameDType<
            'scatterAdd',
            D,
            U['dtype'],
            Fits<U['shape'], S> extends true
              ? never
              : `shape error: scatterAdd: the updates are ${Show<U['shape']>}, needs ${Show<S>}`
          >
        : Needed
      : never
  >
>

export function scatterAddShape(x: Typed, at: Typed, updates: Typed, axis: number): { axis: number } | string {
  const wrong = numbers('scatterAdd', x.dtype) ?? indices('scatterAdd', at.dtype)
  if (wrong) return wrong
  const needed = replaced('scatterAdd', x.shape, at.shape, axis)
  if (typeof needed === 'string') return needed
  const other = sameDType('scatterAdd', x.dtype, updates.dtype)
  if (other) return other
  return fits(updates.shape, needed.shape)
    ? needed
    : `shape error: scatterAdd: the updates are ${show(updates.shape)}, needs ${show(needed.shape)}`
}
