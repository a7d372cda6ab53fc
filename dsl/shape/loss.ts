import type { AnyTensor, Operand, Tensor } from '../tensor.ts'
import type { HasAxis } from './axes.ts'
import { axisOf } from './axis.ts'
import { type Extents, type Shape, type Show, show } from './dim.ts'
import { type DType, type Float, type Floats, floats, isFloat, type SameDType, sameDType } from './dtype.ts'
import { type Fits, fits } from './fit.ts'
import { type Stretches, stretches, type Without } from './random.ts'
import type { Or } from './rule.ts'

/** What becomes of the losses of all elements: their mean, their sum, or nothing. */
export type Reduction = 'mean' | 'sum' | 'none'

/** Losses of shape S reduced. */
export type Reduced<S, D extends DType, R extends Reduction> = [R] extends ['none']
  ? Tensor<S extends Shape ? S : Shape, D>
  : [R] extends ['mean' | 'sum']
    ? Tensor<[], D>
    : Tensor<Shape, D>

interface Typed {
  readonly shape: Extents
  readonly dtype: DType
}

/** Check: A and B are floats of one shape. Broadcasting is not for losses: [n, 1] with [n] would make n x n of them. */
export type Alike<Op extends string, A extends AnyTensor, B extends AnyTensor> = Or<
  Floats<Op, A>,
  Complaint<
    SameDType<
      Op,
      A['dtype'],
      B['dtype'],
      { s: B['shape'] } extends { s: A['shape'] }
        ? never
        : Fits<B['shape'], A['shape']> extends true
          ? never
          : `shape error: ${Op}: ${Show<A['shape']>} with ${Show<B['shape']>}; needs two of one shape`
    >
  >
>
/** Where a dtype is not known there is a tensor in place of a complaint. */
type Complaint<Found> = Found extends string ? Found : never

export const alike = (op: string, a: Typed, b: Typed): string | undefined =>
  floats(op, a.dtype) ??
  sameDType(op, a.dtype, b.dtype) ??
  (fits(b.shape, a.shape)
    ? undefined
    : `shape error: ${op}: ${show(a.shape)} with ${show(b.shape)}; needs two of one shape`)

/** Check: B is a number, or a tensor of the same dtype that stretches to A. */
export type Beside<Op extends string, A extends AnyTensor, B extends Operand> =
  B extends Tensor<infer T, infer E> ? Complaint<SameDType<Op, A['dtype'], E, Stretches<Op, T, A['shape']>>> : never

export const beside = (op: string, a: Typed, b: Typed | number): string | undefined =>
  typeof b === 'number' ? undefined : (sameDType(op, a.dtype, b.dtype) ?? stretches(op, b.shape, a.shape))

/** Check: A and B are floats of one shape, of which X is an axis. */
export type AlikeAlong<Op extends string, A extends AnyTensor, B extends AnyTensor, X extends number> = Or<
  Alike<Op, A, B>,
  HasAxis<Op, A, X>
>

export const alikeAlong = (op: string, a: Typed, b: Typed, axis: number): string | undefined =>
  alike(op, a, b) ?? complaintOf(axisOf(op, a.shape, axis))

/**
 * Check: L are labels, i32, for the logits A with classes along axis X, or probabilities of the same shape and dtype.
 */
export type Labels<Op extends string, A extends AnyTensor, L extends AnyTensor, X extends number> = Or<
  Or<Floats<Op, A>, HasAxis<Op, A, X>>,
  L extends { dtype: Float }
    ? Alike<Op, A, L>
    : L extends { dtype: 'i32' }
      ? Without<Op, A, X> extends infer S extends Shape
        ? { s: L['shape'] } extends { s: S }
          ? never
          : Fits<L['shape'], S> extends true
            ? never
            : `shape error: ${Op}: the labels are ${Show<L['shape']>}, needs ${Show<S>}`
        : never
      : DType extends L['dtype']
        ? never
        : `dtype error: ${Op}: the labels are ${L['dtype']}, needs i32, or probabilities like the logits`
>

export function labels(op: string, logits: Typed, given: Typed, axis: number): string | undefined {
  const at = axisOf(op, logits.shape, axis)
  const wrong = floats(op, logits.dtype) ?? complaintOf(at)
  if (wrong !== undefined) return wrong
  if (isFloat(given.dtype)) return alike(op, logits, given)
  if (given.dtype !== 'i32')
    return `dtype error: ${op}: the labels are ${given.dtype}, needs i32, or probabilities like the logits`
  const needed = logits.shape.toSpliced(Number(at), 1)
  return fits(given.shape, needed)
    ? undefined
    : `shape error: ${op}: the labels are ${show(given.shape)}, needs ${show(needed)}`
}

const complaintOf = (found: unknown): string | undefined => (typeof found === 'string' ? found : undefined)
