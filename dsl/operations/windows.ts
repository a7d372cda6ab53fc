import type { Value } from '../../compiler/ir/graph.ts'
import { sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Window } from '../shape/window.ts'
import { type Held, hold } from '../trace/held.ts'
import type { Trace } from '../trace/trace.ts'
import { padded } from './slice.ts'

/**
 * All windows of a tensor [..., spatial, channels] as [batch, windows, taps, channels]; what lies around it has a
 * value. Nothing is copied: a tap of a window is an element elsewhere.
 */
export function windowed(trace: Trace, x: Held, windows: readonly Window[], around: number, name: string): Value {
  const b = trace.builder
  const rank = windows.length
  const { shape } = x.value.type
  const lead = shape.slice(0, -rank - 1)
  const sizes = [sizeOf(lead), ...shape.slice(lead.length)]
  const flat = lead.length === 1 ? x.value : b.emit(p.reshape, [x.value], { shape: sizes }, name)
  const low = [0, ...windows.map((window) => window.low), 0]
  const high = [0, ...windows.map((window) => window.high), 0]
  const whole = padded(trace, hold(trace, flat, sizes, x.dtype), low, high, around, name)

  // [batch, spatial, channels] repeated for every tap, and then each tap moved to its place in each window.
  const taps = windows.map((window) => window.size)
  const wide = whole.type.shape
  const repeated = [...wide.slice(0, -1), ...taps, wide.at(-1)!]
  const axes = [...wide.slice(0, -1).keys(), repeated.length - 1]
  let value = b.emit(p.broadcast, [whole], { shape: repeated, axes }, name)
  for (const [i, { stride, dilation, count }] of windows.entries())
    value = b.emit(p.skew, [value], { axis: 1 + i, at: 1 + rank + i, stride, dilation, size: count.size }, name)
  return value
}
