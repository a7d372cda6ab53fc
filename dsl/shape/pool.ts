import type { AnyTensor, Tensor } from '../tensor.ts'
import { type Dim, type Extents, type Shape, type Show, show } from './dim.ts'
import type { Floats, Numbers } from './dtype.ts'
import type { Or } from './rule.ts'
import {
  type Among,
  type Option,
  type PerAxis,
  type Window,
  type WindowOptions,
  type WindowPadding,
  type Windows,
  wholeNumbers,
  windowsOf,
} from './window.ts'

export interface PoolOptions<Rank extends 1 | 2> {
  /** How far apart windows are: as far as they are wide unless given. */
  readonly stride?: PerAxis<Rank, number>
  /** Every window must have an element of its own, so there is less of it than a window has taps. */
  readonly padding?: WindowPadding<Rank>
}

/** [..., spatial, c] makes [..., windows, c]. */
export type Pool<
  Op extends string,
  Of extends 'number' | 'float',
  Rank extends 1 | 2,
  X extends AnyTensor,
  Size,
  O,
> = Or<
  Of extends 'float' ? Floats<Op, X> : Numbers<Op, X>,
  number extends X['shape']['length']
    ? Tensor<Shape, X['dtype']>
    : Rank extends 1
      ? X['shape'] extends readonly [...infer Lead extends Shape, infer l extends Dim, infer c extends Dim]
        ? Placed<Op, Lead, [l], c, Taps<Rank, Size>, Size, O, X>
        : `shape error: ${Op}: ${Show<X['shape']>}: needs [..., l, c]`
      : X['shape'] extends readonly [
            ...infer Lead extends Shape,
            infer h extends Dim,
            infer w extends Dim,
            infer c extends Dim,
          ]
        ? Placed<Op, Lead, [h, w], c, Taps<Rank, Size>, Size, O, X>
        : `shape error: ${Op}: ${Show<X['shape']>}: needs [..., h, w, c]`
>
type Placed<
  Op extends string,
  Lead extends Shape,
  Spatial extends Shape,
  c extends Dim,
  Sizes extends Shape,
  Size,
  O,
  X extends AnyTensor,
> = Among<
  Lead,
  Windows<Op, Spatial, Sizes, Option<O, 'stride', Size>, 1, Option<O, 'padding', 'valid'>, X['shape']>,
  c,
  X['dtype']
>
type Taps<Rank extends 1 | 2, Size> = Size extends number
  ? Rank extends 1
    ? [Size]
    : [Size, Size]
  : Size extends Shape
    ? [...Size]
    : never

export interface PoolPlan {
  readonly windows: readonly Window[]
  readonly lead: Extents
  readonly shape: Extents
}

export function poolPlan(
  op: string,
  rank: 1 | 2,
  shape: Extents,
  size: number | readonly number[],
  { stride = size, padding = 'valid' }: WindowOptions,
): PoolPlan | string {
  if (shape.length < rank + 1)
    return `shape error: ${op}: ${show(shape)}: needs ${rank === 1 ? '[..., l, c]' : '[..., h, w, c]'}`
  const taps = wholeNumbers(op, 'size', size, rank, 0)
  if (typeof taps === 'string') return taps
  const lead = shape.slice(0, -rank - 1)
  const windows = windowsOf(op, shape.slice(lead.length, -1), taps, { stride, padding }, shape)
  if (typeof windows === 'string') return windows
  for (const { low, high, size: taken } of windows)
    if (Math.max(low, high) >= taken)
      return `shape error: ${op}: ${show(shape)}: a window of ${taken} would lie in the padding [${low}, ${high}] alone`
  return { windows, lead, shape: [...lead, ...windows.map(({ count }) => count), shape.at(-1)!] }
}
