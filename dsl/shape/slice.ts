import { described } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import type { DivideCeil, Minus, Negative } from './difference.ts'
import { type Dim, type Extent, type Extents, type Shape, type Show, type Sized, show } from './dim.ts'
import type { DType } from './dtype.ts'
import { type Listed, listed } from './listed.ts'
import type { IsParameter } from './parameter.ts'

/**
 * What is kept of one axis: an index, which drops the axis; [start, stop] or [start, stop, step]; or null, all of it.
 * Numbers count from the end where negative, and a stop of null is the end.
 */
export type Range = number | null | readonly [number, number | null] | readonly [number, number | null, number]

/** A cut to a range of each of its leading axes. */
export type Slice<A, R extends readonly Range[]> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | R['length']
      ? Tensor<Shape, D>
      : Walk<S, R, S, R, D, never>
    : never
type Walk<
  S extends Shape,
  R extends readonly Range[],
  WholeS extends Shape,
  WholeR extends readonly Range[],
  D extends DType,
  Never,
  Done extends Shape = [],
  Axis extends 0[] = [],
> = R extends readonly [infer r extends Range, ...infer MoreR extends readonly Range[]]
  ? S extends readonly [infer d extends Dim, ...infer MoreS extends Shape]
    ? Kept<d, r, IsParameter<d, Never> extends true ? string : d> extends infer K
      ? K extends undefined
        ? r extends readonly unknown[]
          ? `shape error: slice: ${Listed<r>} is not a range within axis ${Axis['length']} of ${Show<WholeS>}`
          : `shape error: slice: index ${r & number} is out of range for axis ${Axis['length']} of ${Show<WholeS>}`
        : Walk<
            MoreS,
            MoreR,
            WholeS,
            WholeR,
            D,
            Never,
            K extends readonly [infer k extends Dim] ? [...Done, k] : Done,
            [...Axis, 0]
          >
      : never
    : `shape error: slice: ${WholeR['length']} ranges for ${Show<WholeS>}`
  : Tensor<[...Done, ...S], D>

/**
 * What is left of a dim: one dim or none; undefined where the range does not lie within it. Of: what is known of its
 * size.
 */
type Kept<d extends Dim, R extends Range, Of extends Dim> = R extends null | readonly [0, null]
  ? [d]
  : R extends number
    ? number extends R
      ? []
      : Sized<Of> extends true
        ? At<Of & number, R, 1> extends undefined
          ? undefined
          : []
        : []
    : R extends readonly [infer start extends number, infer stop extends number | null]
      ? Span<Of, start, stop, 1>
      : R extends readonly [infer start extends number, infer stop extends number | null, infer step extends number]
        ? Span<Of, start, stop, step>
        : [number]

/** A position from the front which is at least Room below the size N; undefined where it is not. */
type At<N extends number, X extends number, Room extends 0 | 1 = 0> = `${X}` extends `-${infer Back extends number}`
  ? Minus<N, Back>
  : Minus<N, X> extends infer Left
    ? Left extends undefined
      ? undefined
      : [Room, Left] extends [1, 0]
        ? undefined
        : X
    : never

type Span<d extends Dim, Start extends number, Stop extends number | null, Step extends number> =
  Negative<Step> extends true
    ? undefined
    : Step extends 0
      ? undefined
      : [Start, Stop, Step] extends [0, null, 1]
        ? [d]
        : number extends Start | Stop | Step
          ? [number]
          : Sized<d> extends true
            ? Stepped<Between<At<d & number, Start>, Stop extends number ? At<d & number, Stop> : d>, Step>
            : Stop extends number
              ? Negative<Start> extends Negative<Stop>
                ? Stepped<Negative<Start> extends true ? Between<Back<Stop>, Back<Start>> : Between<Start, Stop>, Step>
                : [number]
              : Negative<Start> extends true
                ? Stepped<Back<Start>, Step>
                : [number]
type Between<Low, High> = [Low, High] extends [infer low extends number, infer high extends number]
  ? Minus<high, low>
  : undefined
type Back<X extends number> = `${X}` extends `-${infer N extends number}` ? N : X
type Stepped<Count, Step extends number> = Count extends number ? [DivideCeil<Count, Step>] : undefined

/** One axis of a slice, as the primitive takes it. An index keeps one element and then drops the axis. */
export interface Cutting {
  readonly start: number
  readonly stop: number
  readonly step: number
  readonly kept: Extent | undefined
}

export function sliceAxes(shape: Extents, ranges: readonly Range[]): readonly Cutting[] | string {
  if (ranges.length > shape.length) return `shape error: slice: ${ranges.length} ranges for ${show(shape)}`
  const found: Cutting[] = []
  for (const [axis, at] of shape.entries()) {
    const range = ranges[axis] ?? null
    const cutting = cut(at, range)
    if (!cutting)
      return Array.isArray(range)
        ? `shape error: slice: ${listed(range)} is not a range within axis ${axis} of ${show(shape)}`
        : `shape error: slice: index ${described(range)} is out of range for axis ${axis} of ${show(shape)}`
    found.push(cutting)
  }
  return found
}

function cut(at: Extent, range: Range): Cutting | undefined {
  const { size } = at
  const from = (x: number) => (Number.isInteger(x) && x < 0 ? x + size : x)
  const isIn = (x: number, high: number) => Number.isInteger(x) && x >= 0 && x <= high
  if (range === null) return { start: 0, stop: size, step: 1, kept: at }
  if (typeof range === 'number') {
    const start = from(range)
    return isIn(start, size - 1) ? { start, stop: start + 1, step: 1, kept: undefined } : undefined
  }
  if (!Array.isArray(range)) return undefined
  const [first, last, step = 1] = range as readonly [number, number | null, number?]
  const [start, stop] = [from(first), last === null ? size : from(last)]
  if (!isIn(stop, size) || !isIn(start, stop) || !Number.isInteger(step) || step < 1) return undefined
  const whole = first === 0 && last === null && step === 1
  const count = Math.ceil((stop - start) / step)
  return { start, stop, step, kept: whole ? at : { dim: count, size: count } }
}
