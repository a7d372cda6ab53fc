import type { HasAxes, HasAxis } from './shape/axes.ts'
import type { BroadcastTo } from './shape/broadcast-to.ts'
import type { Shape } from './shape/dim.ts'
import type { ScatterAdd, Take, TakeAlong } from './shape/gather.ts'
import type { Pad, Widths } from './shape/pad.ts'
import type { Permute, Transpose } from './shape/permute.ts'
import type { Flatten, Repeat, Tile } from './shape/repeat.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { Range, Slice } from './shape/slice.ts'
import type { MakesParts, Split } from './shape/split.ts'
import type { Squeeze } from './shape/squeeze.ts'
import type { Triangle } from './shape/triangle.ts'
import type { AnyTensor } from './tensor.ts'

type Triangular<Op extends string> = <A extends AnyTensor>(this: Needs<Triangle<Op, A>, A>, diagonal?: number) => A

/**
 * The methods of a tensor that put its elements elsewhere. Axes count from the end where negative. Keys are moved
 * whole; what would write numbers among them refuses them.
 */
export interface LayoutMethods {
  /** Drops an axis of size 1, or all dims of 1; a name is kept, whatever its size is. */
  squeeze<A extends AnyTensor, X extends number | undefined = undefined>(
    this: A,
    axis?: Needs<Squeeze<A, X>, X>,
  ): Makes<Squeeze<A, X>>
  /** All elements in one axis, in row-major order. */
  flatten<A extends AnyTensor>(this: A): Makes<Flatten<A>>
  /** Exchanges the last two axes. */
  transpose<A extends AnyTensor>(this: Needs<Transpose<A>, A>): Makes<Transpose<A>>
  /** Axis i of the result is axis order[i] of this. */
  permute<A extends AnyTensor, const O extends readonly number[]>(
    this: A,
    order: Needs<Permute<A, O>, O>,
  ): Makes<Permute<A, O>>
  /** Repeats along new leading axes and dims of 1. */
  broadcastTo<A extends AnyTensor, const T extends Shape>(
    this: A,
    shape: Needs<BroadcastTo<A, T>, [...T]>,
  ): Makes<BroadcastTo<A, T>>
  /** Reverses one axis, several, or all. */
  flip<A extends AnyTensor, const X extends number | readonly number[] | undefined = undefined>(
    this: A,
    axes?: Needs<HasAxes<'flip', A, X>, X>,
  ): A
  /** Moves every element `shift` places on along an axis; what leaves at the end comes in at the start. */
  roll<A extends AnyTensor, X extends number>(this: A, shift: number, axis: Needs<HasAxis<'roll', A, X>, X>): A
  /** `count` copies of each element, next to each other, along an axis. */
  repeat<A extends AnyTensor, N extends number, X extends number>(
    this: A,
    count: Needs<Repeat<A, N, X>, N>,
    axis: X,
  ): Makes<Repeat<A, N, X>>
  /** Copies of the whole, as many along each axis as the list says; both are aligned at the right. */
  tile<A extends AnyTensor, const N extends readonly number[]>(this: A, counts: Needs<Tile<A, N>, N>): Makes<Tile<A, N>>

  /**
   * A range of each leading axis; an index drops its axis. Nothing is clamped: a range that leaves its axis is an
   * error.
   */
  slice<A extends AnyTensor, const R extends readonly Range[]>(
    this: A,
    ranges: Needs<Slice<A, R>, R>,
  ): Makes<Slice<A, R>>
  /** A list of equal parts along an axis, the first unless another is named, or of parts of the sizes given. */
  split<A extends AnyTensor, const N extends number | Shape, X extends number = 0>(
    this: A,
    parts: Needs<Split<A, N, X>, N>,
    axis?: X,
  ): MakesParts<Split<A, N, X>>
  /**
   * Puts a value, 0 unless another is given, around the elements: [before, after] or one number for both, for every
   * axis or for all of them.
   */
  pad<A extends AnyTensor, const W extends Widths>(
    this: A,
    widths: Needs<Pad<A, W>, W>,
    value?: number,
  ): Makes<Pad<A, W>>
  /**
   * The elements on and below a diagonal of the last two axes, and zeros above; the main diagonal is 0, the next above
   * it 1.
   */
  tril: Triangular<'tril'>
  /** The elements on and above a diagonal of the last two axes, and zeros below. */
  triu: Triangular<'triu'>

  /**
   * The elements at some indices of an axis, whose place the axes of `indices` take. Indices count from 0; one that is
   * out of range reads 0.
   */
  take<A extends AnyTensor, I extends AnyTensor, X extends number = 0>(
    this: A,
    indices: Needs<Take<A, I, X>, I>,
    axis?: X,
  ): Makes<Take<A, I, X>>
  /**
   * For every place of `indices`, the element at that index of an axis and at the same place in the others. An index
   * out of range reads 0.
   */
  takeAlong<A extends AnyTensor, I extends AnyTensor, X extends number>(
    this: A,
    indices: Needs<TakeAlong<A, I, X>, I>,
    axis: X,
  ): Makes<TakeAlong<A, I, X>>
  /**
   * This with updates added at some indices of an axis, all of them where an index repeats, nowhere where it is out of
   * range.
   */
  scatterAdd<A extends AnyTensor, I extends AnyTensor, U extends AnyTensor, X extends number = 0>(
    this: A,
    indices: Needs<ScatterAdd<A, I, U, X>, I>,
    updates: U,
    axis?: X,
  ): A
}
