import fc from 'fast-check'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'

/** A convolution along one axis of space. */
export interface Along {
  readonly size: number
  readonly width: number
  readonly stride: number
  readonly dilation: number
  readonly padding: number
}

export interface Convolution {
  readonly along: readonly Along[]
  readonly images: number
  readonly channels: number
  readonly filters: number
  /** Whether channels come before the axes of space. */
  readonly channelsFirst: boolean
}

export const windowsOf = ({ size, width, stride, dilation, padding }: Along): number =>
  Math.floor((size + 2 * padding - (width - 1) * dilation - 1) / stride) + 1

/** Of images and filters, the sum over channels and windows: dot(windows of x, w). */
export function convolution({ along, images, channels, filters, channelsFirst }: Convolution): Graph {
  const b = new Builder()
  const sizes = along.map(({ size }) => size)
  const space = channelsFirst ? 2 : 1
  const channel = channelsFirst ? 1 : 1 + along.length
  const x = b.input(
    { shape: channelsFirst ? [images, channels, ...sizes] : [images, ...sizes, channels], dtype: 'f32' },
    'x',
  )
  const w = b.input({ shape: [filters, channels, ...along.map(({ width }) => width)], dtype: 'f32' }, 'w')
  const padding = x.type.shape.map((_, axis) => along[axis - space]?.padding ?? 0)
  const padded = b.emit(p.pad, [x], { low: padding, high: padding })
  const rank = padded.type.shape.length
  let windows: Value = b.emit(p.broadcast, [padded], {
    shape: [...padded.type.shape, ...along.map(({ width }) => width)],
    axes: [...padded.type.shape.keys()],
  })
  for (const [i, of] of along.entries()) {
    const { stride, dilation } = of
    windows = b.emit(p.skew, [windows], { axis: space + i, at: rank + i, stride, dilation, size: windowsOf(of) })
  }
  const contract: [number, number][] = [[channel, 1], ...along.map((_, i): [number, number] => [rank + i, 2 + i])]
  return b.graph('convolution', [b.emit(p.dot, [windows, w], { batch: [], contract })])
}

const sides: fc.Arbitrary<Along> = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.nat(2),
  })
  .filter((of) => windowsOf(of) > 0)

export const convolutions: fc.Arbitrary<Convolution> = fc.record({
  along: fc.array(sides, { minLength: 1, maxLength: 2 }),
  images: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  filters: fc.integer({ min: 1, max: 3 }),
  channelsFirst: fc.boolean(),
})
