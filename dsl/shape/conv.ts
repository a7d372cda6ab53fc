import { described } from '../error.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Times } from './arithmetic.ts'
import type { Divides } from './difference.ts'
import { agree, both, type Dim, type Extents, type Shape, type Show, type Sized, show, type Wide } from './dim.ts'
import { type DType, type Numbers, numbers, type SameDType, sameDType } from './dtype.ts'
import type { Or } from './rule.ts'
import {
  type Among,
  type Option,
  type PerAxis,
  type Window,
  type WindowOptions,
  type WindowPadding,
  type Windows,
  windowsOf,
} from './window.ts'

export interface ConvOptions<Rank extends 1 | 2> {
  /** How far apart windows are: 1 unless given. */
  readonly stride?: PerAxis<Rank, number>
  /** How far apart the elements of a window are: 1 unless given. */
  readonly dilation?: PerAxis<Rank, number>
  readonly padding?: WindowPadding<Rank>
  /** Channels in and out fall into as many groups, each of which is convolved for itself: 1 unless given. */
  readonly groups?: number
}

/** [..., spatial, c] with weights [taps, c / groups, out] makes [..., windows, out]. */
export type Conv<Op extends string, Rank extends 1 | 2, X extends AnyTensor, W extends AnyTensor, O> = Or<
  Numbers<Op, X>,
  SameDType<Op, X['dtype'], W['dtype'], Convolved<Op, Rank, X['shape'], W['shape'], O, X['dtype']>>
>
type Convolved<
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
      ? Placed<Op, Lead, [l], c, [k], i, o, O, D, S, T>
      : Misplaced<Op, S, T, '[..., l, c] with [k, c / groups, out]'>
    : [S, T] extends [
          readonly [...infer Lead extends Shape, infer h extends Dim, infer w extends Dim, infer c extends Dim],
          readonly [infer k extends Dim, infer l extends Dim, infer i extends Dim, infer o extends Dim],
        ]
      ? Placed<Op, Lead, [h, w], c, [k, l], i, o, O, D, S, T>
      : Misplaced<Op, S, T, '[..., h, w, c] with [kh, kw, c / groups, out]'>
type Misplaced<
  Op extends string,
  S extends Shape,
  T extends Shape,
  Layout extends string,
> = `shape error: ${Op}: ${Show<S>} with ${Show<T>}: needs ${Layout}`
type Placed<
  Op extends string,
  Lead extends Shape,
  Spatial extends Shape,
  c extends Dim,
  Taps extends Shape,
  i extends Dim,
  o extends Dim,
  O,
  D extends DType,
  S extends Shape,
  T extends Shape,
> = [Channels<c, i, o, Option<O, 'groups', 1>>] extends [never]
  ? Among<
      Lead,
      Windows<Op, Spatial, Taps, Option<O, 'stride', 1>, Option<O, 'dilation', 1>, Option<O, 'padding', 'valid'>, S>,
      o,
      D
    >
  : `shape error: ${Op}: ${Show<S>} with ${Show<T>}: ${Channels<c, i, o, Option<O, 'groups', 1>>}`

/** Why the channels do not fit; never where they do. */
type Channels<c extends Dim, i extends Dim, o extends Dim, Groups> = Groups extends 1
  ? { d: c } extends { d: i }
    ? never
    : Wide<c | i> extends true
      ? never
      : `the weights take ${i} channels and are given ${c}`
  : Groups extends number
    ? number extends Groups
      ? never
      : [Sized<c>, Sized<i>] extends [true, true]
        ? Times<i & number, Groups> extends infer Taken extends number
          ? { d: c } extends { d: Taken }
            ? Outputs<o, Groups>
            : `the weights take ${Taken} channels and are given ${c}`
          : never
        : Outputs<o, Groups>
    : never
type Outputs<o extends Dim, Groups extends number> =
  Sized<o> extends true
    ? Divides<o & number, Groups> extends true
      ? never
      : `${o} channels do not fall into ${Groups} groups`
    : never

/** All that a convolution is made from. */
export interface ConvPlan {
  readonly windows: readonly Window[]
  readonly lead: Extents
  readonly groups: number
  readonly shape: Extents
}
export interface ConvSettings extends WindowOptions {
  readonly groups?: number
}
interface Typed {
  readonly shape: Extents
  readonly dtype: DType
}

export function convPlan(op: string, rank: 1 | 2, x: Typed, w: Typed, options: ConvSettings): ConvPlan | string {
  const wrong = numbers(op, x.dtype) ?? sameDType(op, x.dtype, w.dtype)
  if (wrong) return wrong
  const complain = (why: string) => `shape error: ${op}: ${show(x.shape)} with ${show(w.shape)}: ${why}`
  const [channels, taken, made] = [x.shape.at(-1), w.shape.at(-2), w.shape.at(-1)]
  if (!channels || !taken || !made || x.shape.length < rank + 1 || w.shape.length !== rank + 2)
    return complain(
      rank === 1
        ? 'needs [..., l, c] with [k, c / groups, out]'
        : 'needs [..., h, w, c] with [kh, kw, c / groups, out]',
    )
  const { groups = 1 } = options
  if (!Number.isInteger(groups) || groups < 1)
    return `type error: ${op}: ${described(groups)} is not a number of groups; write a whole number from 1`
  if (groups === 1 ? !agree(channels, taken) : channels.size !== taken.size * groups) {
    const [given, needed] = both(channels, taken)
    return complain(`the weights take ${groups === 1 ? needed : taken.size * groups} channels and are given ${given}`)
  }
  if (made.size % groups !== 0) return complain(`${made.dim} channels do not fall into ${groups} groups`)
  const lead = x.shape.slice(0, -rank - 1)
  const taps = w.shape.slice(0, rank).map(({ size }) => size)
  const windows = windowsOf(op, x.shape.slice(lead.length, -1), taps, options, x.shape)
  if (typeof windows === 'string') return windows
  return { windows, lead, groups, shape: [...lead, ...windows.map(({ count }) => count), made] }
}
