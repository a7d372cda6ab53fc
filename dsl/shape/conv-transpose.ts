import { described } from '../error.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { type Plus, plusDim, type Times } from './arithmetic.ts'
import type { ConvOptions, ConvSettings } from './conv.ts'
import type { Divides, Minus, Negative } from './difference.ts'
import {
  agree,
  both,
  type Dim,
  type Extent,
  type Extents,
  type Shape,
  type Show,
  type Sized,
  show,
  type Wide,
} from './dim.ts'
import { type DType, type Numbers, numbers, type SameDType, sameDType } from './dtype.ts'
import { type Scaled, scaled } from './repeat.ts'
import type { Or } from './rule.ts'
import {
  type Along,
  type Among,
  type Option,
  type PerAxis,
  reachOf,
  type Span,
  type Steps,
  stepsOf,
  type Together,
  type TotalOf,
  wholeNumbers,
} from './window.ts'

// A convolution makes one element of each window. Its transpose gives each element back to the elements of its window;
// where those of several windows meet they are added. n windows of k taps that are `dilation` apart reach over (n - 1)
// stride + dilation (k - 1) + 1 elements. Padding takes from their ends what a convolution would have put there, and
// `outputPadding` adds at the end what no window reached: less than a stride.

export interface ConvTransposeOptions<Rank extends 1 | 2> extends ConvOptions<Rank> {
  /**
   * Elements at the end that lie in no window, fewer than the stride: 0 unless given. It tells apart the sizes that a
   * convolution makes as many windows of.
   */
  readonly outputPadding?: PerAxis<Rank, number>
}

/** [..., spatial, c] with weights [taps, out / groups, c] makes [..., spatial, out]. */
export type ConvTranspose<Op extends string, Rank extends 1 | 2, Y extends AnyTensor, W extends AnyTensor, O> = Or<
  Numbers<Op, Y>,
  SameDType<Op, Y['dtype'], W['dtype'], Transposed<Op, Rank, Y['shape'], W['shape'], O, Y['dtype']>>
>
type Transposed<
  Op extends string,
  Rank extends 1 | 2,
  S extends Shape,
  T extends Shape,
  O,
  D extends DType,
> = number extends S['length'] | T['length']
  ? Tensor<Shape, D>
  : Rank extends 1
    ? [S, T] extends [
        readonly [...infer Lead extends Shape, infer l extends Dim, infer c extends Dim],
        readonly [infer k extends Dim, infer i extends Dim, infer o extends Dim],
      ]
      ? Or<
          Channels<Op, c, o, Option<O, 'groups', 1>, S, T>,
          Among<
            Lead,
            Together<
              Op,
              S,
              Reached<
                l,
                k,
                Along0<O, 'stride', 1>,
                Along0<O, 'dilation', 1>,
                Along0<O, 'padding', 'valid'>,
                Along0<O, 'outputPadding', 0>
              >
            >,
            Scaled<i, Option<O, 'groups', 1> & number>,
            D
          >
        >
      : `shape error: ${Op}: ${Show<S>} with ${Show<T>}: needs [..., l, c] with [k, out / groups, c]`
    : [S, T] extends [
          readonly [...infer Lead extends Shape, infer h extends Dim, infer w extends Dim, infer c extends Dim],
          readonly [infer k extends Dim, infer l extends Dim, infer i extends Dim, infer o extends Dim],
        ]
      ? Or<
          Channels<Op, c, o, Option<O, 'groups', 1>, S, T>,
          Among<
            Lead,
            Together<
              Op,
              S,
              Reached<
                h,
                k,
                Along0<O, 'stride', 1>,
                Along0<O, 'dilation', 1>,
                Along0<O, 'padding', 'valid'>,
                Along0<O, 'outputPadding', 0>
              >,
              Reached<
                w,
                l,
                Along1<O, 'stride', 1>,
                Along1<O, 'dilation', 1>,
                Along1<O, 'padding', 'valid'>,
                Along1<O, 'outputPadding', 0>
              >
            >,
            Scaled<i, Option<O, 'groups', 1> & number>,
            D
          >
        >
      : `shape error: ${Op}: ${Show<S>} with ${Show<T>}: needs [..., h, w, c] with [kh, kw, out / groups, c]`
type Along0<O, K extends string, Default> = Along<Option<O, K, Default>, 0>
type Along1<O, K extends string, Default> = Along<Option<O, K, Default>, 1>

/** Check: the weights take as many channels, and those fall into the groups. */
type Channels<Op extends string, c extends Dim, o extends Dim, Groups, S extends Shape, T extends Shape> = {
  d: c
} extends {
  d: o
}
  ? Groups extends 1
    ? never
    : [Sized<c>, Sized<Groups>] extends [true, true]
      ? Divides<c & number, Groups & number> extends true
        ? never
        : `shape error: ${Op}: ${Show<S>} with ${Show<T>}: ${c} channels do not fall into ${Groups & number} groups`
      : never
  : Wide<c | o> extends true
    ? never
    : `shape error: ${Op}: ${Show<S>} with ${Show<T>}: the weights take ${o} channels and are given ${c}`

/** [dim] that d windows reach over, or why there is none. */
type Reached<d extends Dim, k extends Dim, Stride, Dilation, Pad, More> = k extends 0
  ? 'a window of 0 has no elements'
  : [Sized<Stride>, Sized<More>] extends [true, true]
    ? IsBelow<More & number, Stride & number> extends true
      ? Pad extends 'same'
        ? More extends 0
          ? [Scaled<d, Stride & number>]
          : `padding 'same' has no outputPadding and is given ${More & number}`
        : [Sized<k>, Sized<Dilation>] extends [true, true]
          ? Left<d, Span<k & number, Dilation & number>, Stride & number, TotalOf<Pad>, More & number>
          : [number]
      : `outputPadding ${More & number} is not below the stride ${Stride & number}`
    : [number]
/** What is no number of elements passes here; tracing refuses it. */
type IsBelow<More extends number, Stride extends number> = More extends 0
  ? true
  : Negative<More> extends true
    ? true
    : Minus<Stride, Plus<More, 1>> extends number
      ? true
      : false
type Left<d extends Dim, Reach extends Dim, Stride extends number, Total, More extends number> =
  Sized<Total> extends true
    ? Sized<d> extends true
      ? Minus<
          Plus<Plus<Times<d & number, Stride>, Reach> & number, More> & number,
          Plus<Stride, Total & number> & number
        > extends infer Size
        ? Size extends number
          ? [Size]
          : `${d} windows of ${Reach}, ${Stride} apart, are shorter than padding of ${Total & number}`
        : never
      : [Stride, Minus<Reach & number, Plus<Total & number, 1> & number>] extends [1, infer Grown extends number]
        ? [Grown extends 0 ? d : Plus<d, Grown>]
        : [number]
    : [number]

/** How the windows of elements lie along one axis of what is made. */
export interface Reach extends Steps {
  readonly low: number
  readonly high: number
  readonly made: Extent
}
export interface ConvTransposePlan {
  readonly reaches: readonly Reach[]
  readonly groups: number
  readonly shape: Extents
}
interface Typed {
  readonly shape: Extents
  readonly dtype: DType
}
export interface ConvTransposeSettings extends ConvSettings {
  readonly outputPadding?: number | readonly number[]
}

export function convTransposePlan(
  op: string,
  rank: 1 | 2,
  y: Typed,
  w: Typed,
  options: ConvTransposeSettings,
): ConvTransposePlan | string {
  const wrong = numbers(op, y.dtype) ?? sameDType(op, y.dtype, w.dtype)
  if (wrong) return wrong
  const complain = (why: string) => `shape error: ${op}: ${show(y.shape)} with ${show(w.shape)}: ${why}`
  const [channels, made, taken] = [y.shape.at(-1), w.shape.at(-2), w.shape.at(-1)]
  if (!channels || !made || !taken || y.shape.length < rank + 1 || w.shape.length !== rank + 2)
    return complain(
      rank === 1
        ? 'needs [..., l, c] with [k, out / groups, c]'
        : 'needs [..., h, w, c] with [kh, kw, out / groups, c]',
    )
  const { groups = 1, outputPadding = 0 } = options
  if (!Number.isInteger(groups) || groups < 1)
    return `type error: ${op}: ${described(groups)} is not a number of groups; write a whole number from 1`
  if (!agree(channels, taken)) {
    const [given, needed] = both(channels, taken)
    return complain(`the weights take ${needed} channels and are given ${given}`)
  }
  if (channels.size % groups !== 0) return complain(`${channels.dim} channels do not fall into ${groups} groups`)
  const lead = y.shape.slice(0, -rank - 1)
  const taps = w.shape.slice(0, rank).map(({ size }) => size)
  const steps = stepsOf(op, taps, options, y.shape)
  if (typeof steps === 'string') return steps
  const more = wholeNumbers(op, 'outputPadding', outputPadding, rank, 0)
  if (typeof more === 'string') return more
  const reaches: Reach[] = []
  for (const [i, step] of steps.entries()) {
    const found = reached(y.shape[lead.length + i]!, step, more[i]!)
    if (typeof found === 'string') return `shape error: ${op}: ${show(y.shape)}: ${found}`
    reaches.push(found)
  }
  const out = scaled(made, { dim: groups, size: groups })
  return { reaches, groups, shape: [...lead, ...reaches.map((reach) => reach.made), out] }
}

type Step = Exclude<ReturnType<typeof stepsOf>, string>[number]
function reached(at: Extent, { padding, ...steps }: Step, more: number): Reach | string {
  const { stride } = steps
  const reach = reachOf(steps)
  if (more > 0 && more >= stride) return `outputPadding ${more} is not below the stride ${stride}`
  if (padding === 'same') {
    if (more > 0) return `padding 'same' has no outputPadding and is given ${more}`
    // What a convolution puts around stride times as many elements.
    const total = at.size === 0 ? 0 : Math.max(reach - stride, 0)
    const low = Math.floor(total / 2)
    return { ...steps, low, high: total - low, made: scaled(at, { dim: stride, size: stride }) }
  }
  const [low, high] = padding
  const grown = reach + more - stride - low - high
  const size = at.size * stride + grown
  if (size < 0) return `${at.dim} windows of ${reach}, ${stride} apart, are shorter than padding of ${low + high}`
  if (stride === 1 && grown === 0) return { ...steps, low, high, made: at }
  const isNamed = typeof at.dim === 'string' && stride === 1 && grown > 0
  return { ...steps, low, high, made: { dim: isNamed ? plusDim(at.dim, grown) : size, size } }
}
