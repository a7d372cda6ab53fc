import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { floats, isFloat, numbers } from '../shape/dtype.ts'
import { poolPlan } from '../shape/pool.ts'
import type { Window, WindowOptions } from '../shape/window.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, must, type Trace } from '../trace/trace.ts'
import { windowed } from './windows.ts'

export interface AvgOptions {
  readonly countIncludePad?: boolean
}
type Size = number | readonly number[]

/** The axes of the taps among [batch, windows, taps, channels]. */
const tapAxes = (windows: readonly Window[]): readonly number[] => windows.map((_, i) => 1 + windows.length + i)

/** The greatest element of each window; padding is less than any number. */
export function maxPool(op: string, rank: 1 | 2, x: Held, size: Size, options: WindowOptions): Held {
  check(numbers(op, x.dtype))
  const { windows, shape } = must(poolPlan(op, rank, extentsOf(x), size, options))
  const trace = enter(op, [x])
  const least = isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : x.dtype === 'i32' ? -(2 ** 31) : 0
  const all = windowed(trace, x, windows, least, op)
  const made = trace.builder.emit(p.reduceMax, [all], { axes: tapAxes(windows) }, op)
  const sizes = shape.map((at) => at.size)
  return hold(trace, trace.builder.emit(p.reshape, [made], { shape: sizes }, op), shape, x.dtype)
}

/** The mean of each window. */
export function avgPool(op: string, rank: 1 | 2, x: Held, size: Size, options: WindowOptions & AvgOptions): Held {
  check(floats(op, x.dtype))
  const { windows, lead, shape } = must(poolPlan(op, rank, extentsOf(x), size, options))
  const trace = enter(op, [x])
  const b = trace.builder
  const sizes = shape.map((at) => at.size)
  const total = b.emit(p.sum, [windowed(trace, x, windows, 0, op)], { axes: tapAxes(windows) }, op)
  let value = b.emit(p.reshape, [total], { shape: sizes }, op)
  const constant = (number: number) =>
    b.emit(p.constant, [], { value: number, shape: sizes, dtype: x.value.type.dtype }, op)
  for (const [i, window] of windows.entries()) {
    const isWhole = options.countIncludePad || (window.low === 0 && window.high === 0)
    const axis = lead.length + i
    const spatial = x.value.type.shape[axis]!
    const terms = isWhole ? constant(window.size) : elementsOf(trace, window, spatial, axis, sizes, x, op)
    value = b.emit(p.div, [value, terms], {}, op)
  }
  return hold(trace, value, shape, x.dtype)
}

/**
 * How many elements of its own each window has along an axis: window o reaches from o * stride over its taps, and the
 * elements from `low` over all of them.
 */
function elementsOf(
  trace: Trace,
  { stride, size, low }: Window,
  spatial: number,
  axis: number,
  shape: readonly number[],
  x: Held,
  op: string,
): Value {
  const b = trace.builder
  const of = (primitive: typeof p.add, x: Value, y: Value) => b.emit(primitive, [x, y], {}, op)
  const constant = (value: number) => b.emit(p.constant, [], { value, shape, dtype: 'i32' }, op)
  const start = of(p.mul, b.emit(p.iota, [], { shape, axis, dtype: 'i32' }, op), constant(stride))
  const end = of(p.minimum, of(p.add, start, constant(size)), constant(low + spatial))
  const count = of(p.sub, end, of(p.maximum, start, constant(low)))
  return b.emit(p.cast, [count], { dtype: x.value.type.dtype }, op)
}
