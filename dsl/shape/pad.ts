import { described } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import { type Plus, plusDim } from './arithmetic.ts'
import type { Negative } from './difference.ts'
import { type Dim, type Extents, type Shape, type Show, show } from './dim.ts'
import type { DType } from './dtype.ts'
import { type Listed, listed } from './listed.ts'

/** Elements put before and after those of an axis; one number is for both ends. */
export type Width = number | readonly [number, number]
/** A width for every axis, or one for all. */
export type Widths = number | readonly Width[]

/** A with elements put around it. */
export type Pad<A, W extends Widths> =
  A extends Tensor<infer S, infer D>
    ? [D] extends ['key']
      ? 'dtype error: pad: key is not a number'
      : number extends S['length']
        ? Tensor<Shape, D>
        : W extends readonly Width[]
          ? number extends W['length']
            ? Tensor<Shape, D>
            : W['length'] extends S['length']
              ? Padded<S, W, D>
              : `shape error: pad: ${Listed<W>} is not one width for each axis of ${Show<S>}`
          : Padded<S, W, D>
    : never
type Padded<S extends Shape, W extends Widths, D extends DType, Done extends Shape = []> = S extends readonly [
  infer d extends Dim,
  ...infer More extends Shape,
]
  ? First<W> extends infer w extends Width
    ? IsWidth<w> extends true
      ? Padded<More, Rest<W>, D, [...Done, PlusWidth<d, TotalWidth<w>>]>
      : `shape error: pad: ${Shown<w>} is not a width; write whole numbers from 0`
    : never
  : Tensor<Done, D>
type Shown<W extends Width> = W extends number ? W : W extends readonly unknown[] ? Listed<W> : never
type First<W extends Widths> = W extends readonly [infer w, ...unknown[]] ? w : W
type Rest<W extends Widths> = W extends readonly [unknown, ...infer More extends readonly Width[]] ? More : W
type IsWidth<W extends Width> = true extends (
  W extends readonly [infer low extends number, infer high extends number]
    ? Negative<low> | Negative<high>
    : Negative<W & number>
)
  ? false
  : true
/** What a width adds to an axis. */
export type TotalWidth<W extends Width> = W extends number
  ? Plus<W, W>
  : W extends readonly [infer low extends number, infer high extends number]
    ? Plus<low, high>
    : number
type PlusWidth<d extends Dim, Total> = Total extends 0 ? d : Total extends number ? Plus<d, Total> : number

/** Both ends of every axis, and the shape with them. */
export interface Padding {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly shape: Extents
}

export function padding(shape: Extents, widths: Widths): Padding | string {
  if (Array.isArray(widths) && widths.length !== shape.length)
    return `shape error: pad: ${listed(widths)} is not one width for each axis of ${show(shape)}`
  const each = shape.map((_, axis) => (Array.isArray(widths) ? (widths[axis] as Width) : (widths as number)))
  const ends = each.map(endsOf)
  for (const [axis, end] of ends.entries())
    if (!end) {
      const width = each[axis]
      return `shape error: pad: ${Array.isArray(width) ? listed(width) : described(width)} is not a width; write whole numbers from 0`
    }
  const [low, high] = [0, 1].map((side) => ends.map((end) => end![side]!)) as [number[], number[]]
  const wider = shape.map(({ dim, size }, axis) => {
    const total = low[axis]! + high[axis]!
    return total === 0 ? { dim, size } : { dim: plusDim(dim, total), size: size + total }
  })
  return { low, high, shape: wider }
}

/** What stands before and after, where both are whole numbers from 0. */
export function endsOf(width: Width): readonly [number, number] | undefined {
  const [low, high] =
    typeof width === 'number' ? [width, width] : Array.isArray(width) && width.length === 2 ? width : []
  const isWhole = (end: unknown) => Number.isSafeInteger(end) && (end as number) >= 0
  return isWhole(low) && isWhole(high) ? [low!, high!] : undefined
}
