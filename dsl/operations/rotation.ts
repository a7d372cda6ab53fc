import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Trace } from '../trace/trace.ts'

// Positions as angles: position p turns by p * f_k, with the frequencies f_k = base^(-k / count).

/** base^(-k / count) for k = 0, ..., count - 1. */
export function frequencies(trace: Trace, count: number, base: number, dtype: Value['type']['dtype']): Value {
  const b = trace.builder
  const shape = [count]
  const k = b.emit(p.iota, [], { shape, axis: 0, dtype }, 'frequency')
  const rate = b.emit(p.constant, [], { value: count === 0 ? 0 : -Math.log(base) / count, shape, dtype })
  return b.emit(p.exp, [b.emit(p.mul, [k, rate], {}, 'frequency')], {}, 'frequency')
}

/** Positions [..] times frequencies [count]: [.., count]. */
export function anglesOf(trace: Trace, positions: Value, count: number, base: number): Value {
  const b = trace.builder
  const shape = [...positions.type.shape, count]
  const last = shape.length - 1
  const f = frequencies(trace, count, base, positions.type.dtype)
  return b.emit(
    p.mul,
    [
      b.emit(p.broadcast, [positions], { shape, axes: [...positions.type.shape.keys()] }),
      b.emit(p.broadcast, [f], { shape, axes: [last] }),
    ],
    {},
    'angle',
  )
}

/** Cosines and sines of angles [.., d / 2], the axes of which are these of what they turn. */
export interface Turn {
  readonly cos: Value
  readonly sin: Value
  readonly axes: readonly number[]
}
/** Which channels are turned together: k and k + d / 2, or 2 k and 2 k + 1. */
export type Pairing = 'half' | 'interleaved'

/** (x, y) of each pair becomes (x cos - y sin, x sin + y cos). */
export function turned(trace: Trace, x: Value, { cos, sin, axes }: Turn, pairing: Pairing, name: string): Value {
  const b = trace.builder
  const { shape, dtype } = x.type
  const channel = shape.length - 1
  const half = shape[channel]! / 2
  // A pair is an axis of two before the frequencies, or after them.
  const [pair, frequency] = pairing === 'half' ? [channel, channel + 1] : [channel + 1, channel]
  const paired = [...shape.slice(0, -1), ...(pairing === 'half' ? [2, half] : [half, 2])]
  const wide = (value: Value): Value =>
    b.emit(p.broadcast, [value], { shape: paired, axes: [...axes, frequency] }, name)
  const signs = b.emit(p.literal, [], { values: [-1, 1], shape: [2], dtype }, name)
  const signed = b.emit(p.broadcast, [signs], { shape: paired, axes: [pair] }, name)
  const pairs = b.emit(p.reshape, [x], { shape: paired }, name)
  const crossed = b.emit(p.mul, [b.emit(p.flip, [pairs], { axes: [pair] }, name), signed], {}, name)
  const made = b.emit(
    p.add,
    [b.emit(p.mul, [pairs, wide(cos)], {}, name), b.emit(p.mul, [crossed, wide(sin)], {}, name)],
    {},
    name,
  )
  return b.emit(p.reshape, [made], { shape }, name)
}
