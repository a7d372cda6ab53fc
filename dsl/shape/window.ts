import { described } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import type { Plus, Times } from './arithmetic.ts'
import type { DivideCeil, DivideFloor, Minus } from './difference.ts'
import type { Dim, Extent, Extents, Shape, Show, Sized } from './dim.ts'
import { show } from './dim.ts'
import type { DType } from './dtype.ts'
import { listed } from './listed.ts'
import { endsOf, type TotalWidth, type Width } from './pad.ts'

// Windows that slide along the spatial axes of [..., spatial, channels]. With d elements, p of padding in all, and
// windows of k taps that are `dilation` apart there are floor((d + p - dilation (k - 1) - 1) / stride) + 1; padding
// 'same' makes it ceil(d / stride).

/** One number for every spatial axis, or a list of one for each. */
export type PerAxis<Rank extends 1 | 2, T> = T | (Rank extends 1 ? readonly [T] : readonly [T, T])
/**
 * None, as much as lets one window begin at every stride (the odd element at the end, as in TensorFlow and JAX), or a
 * width: a number for both ends, or for each axis a number or [before, after].
 */
export type WindowPadding<Rank extends 1 | 2> =
  | 'valid'
  | 'same'
  | number
  | (Rank extends 1 ? readonly [Width] : readonly [Width, Width])

/** What option K of O is, Default where it is not given. */
export type Option<O, K extends string, Default> = O extends { readonly [P in K]: infer V }
  ? V
  : K extends keyof O
    ? number
    : Default
/** An option of spatial axis I. */
export type Along<V, I extends 0 | 1> = V extends readonly unknown[] ? V[I] : V

/** The dims that are left of one or two spatial ones, or a complaint. Window has the taps. */
export type Windows<
  Op extends string,
  Spatial extends Shape,
  Window extends Shape,
  Stride,
  Dilation,
  Pad,
  Whole extends Shape,
> = Spatial extends readonly [infer d extends Dim, infer e extends Dim]
  ? Window extends readonly [infer k extends Dim, infer l extends Dim]
    ? Together<
        Op,
        Whole,
        Count<d, k, Along<Stride, 0>, Along<Dilation, 0>, Along<Pad, 0>>,
        Count<e, l, Along<Stride, 1>, Along<Dilation, 1>, Along<Pad, 1>>
      >
    : never
  : Spatial extends readonly [infer d extends Dim]
    ? Window extends readonly [infer k extends Dim]
      ? Together<Op, Whole, Count<d, k, Along<Stride, 0>, Along<Dilation, 0>, Along<Pad, 0>>>
      : never
    : never
/** What was found along one or two axes, each [dim] or why there is none. */
export type Together<Op extends string, Whole extends Shape, First, Second = readonly []> = First extends readonly [
  infer x extends Dim,
]
  ? Second extends readonly [infer y extends Dim]
    ? [x, y]
    : Second extends readonly []
      ? [x]
      : `shape error: ${Op}: ${Show<Whole>}: ${Second & string}`
  : `shape error: ${Op}: ${Show<Whole>}: ${First & string}`
/** The dims that windows leave, between others; or their complaint. */
export type Among<Lead extends Shape, Found, Last extends Dim, D extends DType> = Found extends readonly [
  infer x extends Dim,
  infer y extends Dim,
]
  ? Tensor<[...Lead, x, y, Last], D>
  : Found extends readonly [infer x extends Dim]
    ? Tensor<[...Lead, x, Last], D>
    : Found

type Count<d extends Dim, k extends Dim, Stride, Dilation, Pad> = k extends 0
  ? 'a window of 0 has no elements'
  : Pad extends 'same'
    ? Stride extends 1
      ? [d]
      : Sized<d> extends true
        ? Stride extends number
          ? [DivideCeil<d & number, Stride>]
          : [number]
        : [number]
    : [Sized<k>, Sized<Stride>, Sized<Dilation>] extends [true, true, true]
      ? Fitted<d, Span<k & number, Dilation & number>, Stride & number, TotalOf<Pad>>
      : [number]
/** How many elements a window of k taps reaches over. */
export type Span<k extends number, Dilation extends number> = Dilation extends 1
  ? k
  : Plus<Times<Dilation, Minus<k, 1> & number> & number, 1>
export type TotalOf<Pad> = Pad extends 'valid' ? 0 : Pad extends Width ? TotalWidth<Pad> : number
type Fitted<d extends Dim, Reach extends Dim, Stride extends number, Total> =
  Sized<Total> extends true
    ? Sized<d> extends true
      ? Minus<Plus<d, Total & number> & number, Reach & number> extends infer Room
        ? Room extends number
          ? [Plus<DivideFloor<Room, Stride>, 1>]
          : `a window of ${Reach} does not fit into ${Plus<d, Total & number>}`
        : never
      : [Stride, Minus<Reach & number, 1>] extends [1, Total]
        ? [d]
        : [number]
    : [number]

/** How the elements of windows lie along one axis, and the windows among each other. */
export interface Steps {
  readonly size: number
  readonly stride: number
  readonly dilation: number
}
/** How windows lie along one axis. */
export interface Window extends Steps {
  readonly low: number
  readonly high: number
  /** How many there are. */
  readonly count: Extent
}

export interface WindowOptions {
  readonly stride?: number | readonly number[]
  readonly dilation?: number | readonly number[]
  readonly padding?: 'valid' | 'same' | number | readonly Width[]
}

/** The windows along each spatial axis; `shape` is what a complaint shows. */
export function windowsOf(
  op: string,
  spatial: Extents,
  taps: readonly number[],
  options: WindowOptions,
  shape: Extents,
): readonly Window[] | string {
  const steps = stepsOf(op, taps, options, shape)
  if (typeof steps === 'string') return steps
  const found: Window[] = []
  for (const [i, at] of spatial.entries()) {
    const made = windowOf(at, steps[i]!)
    if (typeof made === 'string') return `shape error: ${op}: ${show(shape)}: ${made}`
    found.push(made)
  }
  return found
}

/** What the options say of each spatial axis. */
export function stepsOf(
  op: string,
  taps: readonly number[],
  { stride = 1, dilation = 1, padding = 'valid' }: WindowOptions,
  shape: Extents,
): readonly (Steps & { readonly padding: Ends })[] | string {
  const rank = taps.length
  if (taps.includes(0)) return `shape error: ${op}: ${show(shape)}: a window of 0 has no elements`
  const strides = wholeNumbers(op, 'stride', stride, rank)
  const dilations = wholeNumbers(op, 'dilation', dilation, rank)
  const each = paddings(op, padding, rank)
  for (const found of [strides, dilations, each]) if (typeof found === 'string') return found
  return taps.map((size, i) => ({
    size,
    stride: strides[i] as number,
    dilation: dilations[i] as number,
    padding: each[i] as Ends,
  }))
}

/** What stands before and after, unless that depends on the size of an axis. */
type Ends = 'same' | readonly [before: number, after: number]
function paddings(op: string, padding: WindowOptions['padding'], rank: number): readonly Ends[] | string {
  if (Array.isArray(padding) && padding.length !== rank)
    return `type error: ${op}: padding ${listed(padding)} is not one width for each of ${rank} spatial axes`
  const found: Ends[] = []
  for (let i = 0; i < rank; i++) {
    const width = (Array.isArray(padding) ? padding[i] : padding) as 'valid' | 'same' | Width
    const ends = width === 'same' ? width : endsOf(width === 'valid' ? 0 : width)
    if (!ends)
      return `type error: ${op}: padding ${Array.isArray(width) ? listed(width) : described(width)} is not a width; write 'valid', 'same' or whole numbers from 0`
    found.push(ends)
  }
  return found
}

/** How many elements a window reaches over. */
export const reachOf = ({ size, dilation }: Steps): number => dilation * (size - 1) + 1

function windowOf(at: Extent, { padding, ...steps }: Steps & { readonly padding: Ends }): Window | string {
  const { stride } = steps
  const reach = reachOf(steps)
  if (padding === 'same') {
    const count = Math.ceil(at.size / stride)
    const total = count === 0 ? 0 : Math.max((count - 1) * stride + reach - at.size, 0)
    const low = Math.floor(total / 2)
    return { ...steps, low, high: total - low, count: stride === 1 ? at : { dim: count, size: count } }
  }
  const [low, high] = padding
  const room = at.size + low + high - reach
  if (room < 0) return `a window of ${reach} does not fit into ${at.size + low + high}`
  const count = Math.floor(room / stride) + 1
  const keeps = stride === 1 && low + high === reach - 1
  return { ...steps, low, high, count: keeps ? at : { dim: count, size: count } }
}

/** A list of one whole number, from 1 unless another least is given, for each spatial axis. */
export function wholeNumbers(
  op: string,
  what: string,
  given: number | readonly number[],
  rank: number,
  least = 1,
): readonly number[] | string {
  const list = Array.isArray(given) ? (given as readonly number[]) : new Array<number>(rank).fill(given as number)
  return list.length === rank && list.every((n) => Number.isSafeInteger(n) && n >= least)
    ? list
    : `type error: ${op}: ${what} ${Array.isArray(given) ? listed(given) : described(given)} is not ${
        rank === 1 ? 'a whole number' : 'one or two whole numbers'
      } from ${least}`
}
