import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Trace } from '../trace/trace.ts'

/** `scale` copies of each element along an axis, next to each other. */
export function copied(trace: Trace, x: Value, axis: number, scale: number, name: string): Value {
  const { shape } = x.type
  return joined(trace, spread(trace, x, shape.toSpliced(axis + 1, 0, scale), axis, name), shape, axis, scale, name)
}

/**
 * Linear interpolation along an axis: element o of the result stands at (o + 1/2) / scale - 1/2 among the elements of
 * x, before the first of which and after the last of which lies what they are. Part p of the `scale` parts of an
 * element reaches as far into the one before, or after, as its middle (p + 1/2) / scale is from the element's own, 1/2.
 */
export function interpolated(trace: Trace, x: Value, axis: number, scale: number, name: string): Value {
  const b = trace.builder
  const { shape, dtype } = x.type
  const size = shape[axis]!
  if (size === 0 || scale === 1) return copied(trace, x, axis, scale, name)
  const part = (of: Value, start: number, stop: number): Value => {
    const from = of.type.shape
    const params = {
      start: from.map(() => 0).with(axis, start),
      stop: from.with(axis, stop),
      step: from.map(() => 1),
    }
    return b.emit(p.slice, [of], params, name)
  }
  const edged = b.emit(p.concat, [part(x, 0, 1), x, part(x, size - 1, size)], { axis }, name)
  const offsets = Array.from({ length: scale }, (_, part) => (part + 0.5) / scale - 0.5)
  const wide = shape.toSpliced(axis + 1, 0, scale)
  const weighed = (of: Value, weights: readonly number[]): Value => {
    const literal = b.emit(p.literal, [], { values: weights, shape: [scale], dtype }, name)
    const weight = b.emit(p.broadcast, [literal], { shape: wide, axes: [axis + 1] }, name)
    return b.emit(p.mul, [spread(trace, of, wide, axis, name), weight], {}, name)
  }
  const before = weighed(
    part(edged, 0, size),
    offsets.map((offset) => Math.max(0, -offset)),
  )
  const own = weighed(
    x,
    offsets.map((offset) => 1 - Math.abs(offset)),
  )
  const after = weighed(
    part(edged, 2, size + 2),
    offsets.map((offset) => Math.max(0, offset)),
  )
  const sum = b.emit(p.add, [b.emit(p.add, [before, own], {}, name), after], {}, name)
  return joined(trace, sum, shape, axis, scale, name)
}

/** Repeated along a new axis after `axis`. */
const spread = (trace: Trace, x: Value, shape: readonly number[], axis: number, name: string): Value =>
  trace.builder.emit(p.broadcast, [x], { shape, axes: x.type.shape.map((_, i) => (i <= axis ? i : i + 1)) }, name)

/** An axis and the one after it as one. */
const joined = (trace: Trace, x: Value, shape: readonly number[], axis: number, scale: number, name: string): Value =>
  trace.builder.emit(p.reshape, [x], { shape: shape.with(axis, shape[axis]! * scale) }, name)
