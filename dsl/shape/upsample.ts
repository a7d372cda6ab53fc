import type { AnyTensor, Tensor } from '../tensor.ts'
import type { Dim, Extents, Shape, Show } from './dim.ts'
import { show } from './dim.ts'
import type { Floats } from './dtype.ts'
import { type Repeat, scaled } from './repeat.ts'
import type { Or } from './rule.ts'
import { type PerAxis, wholeNumbers } from './window.ts'

/** [..., h, w, c] makes [..., h rows, w columns, c] for a scale [rows, columns], or one number for both. */
export type Upsampled<X extends AnyTensor, Scale extends PerAxis<2, number>> = Or<
  Floats<'upsample2d', X>,
  number extends X['shape']['length']
    ? Tensor<Shape, X['dtype']>
    : X['shape'] extends readonly [...Shape, Dim, Dim, Dim]
      ? Repeat<Repeat<X, Along<Scale, 0>, -3>, Along<Scale, 1>, -2>
      : `shape error: upsample2d: ${Show<X['shape']>}: needs [..., h, w, c]`
>
type Along<Scale, I extends 0 | 1> = Scale extends number
  ? Scale
  : Scale extends readonly [number, number]
    ? Scale[I]
    : number

export const scalesOf = (scale: number | readonly number[]): readonly number[] | string =>
  wholeNumbers('upsample2d', 'scale', scale, 2)

export function upsampleShape(shape: Extents, [rows, columns]: readonly number[]): Extents | string {
  const [h, w, c] = [shape.at(-3), shape.at(-2), shape.at(-1)]
  if (!h || !w || !c) return `shape error: upsample2d: ${show(shape)}: needs [..., h, w, c]`
  const times = (at: typeof h, n: number) => scaled(at, { dim: n, size: n })
  return [...shape.slice(0, -3), times(h, rows!), times(w, columns!), c]
}
