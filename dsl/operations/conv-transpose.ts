import type { Value } from '../../compiler/ir/graph.ts'
import { sizeOf } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { type ConvTransposeSettings, convTransposePlan } from '../shape/conv-transpose.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { enter, must, type Trace } from '../trace/trace.ts'
import { grouped, ungrouped } from './conv.ts'

/**
 * Each element times the weights, put to where its window is and summed over taps: what the gradient of a convolution
 * in its input is.
 */
export function convTranspose(op: string, rank: 1 | 2, y: Held, w: Held, options: ConvTransposeSettings): Held {
  const typed = (of: Held) => ({ shape: extentsOf(of), dtype: of.dtype })
  const { reaches, groups, shape } = must(convTransposePlan(op, rank, typed(y), typed(w), options))
  const trace = enter(op, [y, w])
  const b = trace.builder
  const from = y.value.type.shape
  const lead = from.slice(0, -rank - 1)
  const flat = b.emit(p.reshape, [y.value], { shape: [sizeOf(lead), ...from.slice(lead.length)] }, op)

  // [batch, windows, taps, channels], in which each window then moves to its place among the elements.
  let value =
    groups === 1
      ? b.emit(p.dot, [flat, w.value], { batch: [], contract: [[rank + 1, rank + 1]] }, op)
      : inGroups(trace, flat, w.value, groups, rank, op)
  const taps = reaches.map((_, i) => 1 + rank + i)
  for (const [i, { stride, dilation, low, high, made }] of reaches.entries())
    value = b.emit(p.unskew, [value], { axis: 1 + i, at: taps[i]!, stride, dilation, size: low + made.size + high }, op)
  value = b.emit(p.sum, [value], { axes: taps }, op)

  const start = [0, ...reaches.map(({ low }) => low), 0]
  const stop = value.type.shape.map((size, axis) => size - (reaches[axis - 1]?.high ?? 0))
  value = b.emit(p.slice, [value], { start, stop, step: start.map(() => 1) }, op)
  const made = b.emit(p.reshape, [value], { shape: shape.map(({ size }) => size) }, op)
  return hold(trace, made, shape, y.dtype)
}

/** Channels of both as [groups, channels of a group]: a product for each group. */
function inGroups(trace: Trace, y: Value, weights: Value, groups: number, rank: number, op: string): Value {
  const params = { batch: [[rank + 1, rank + 1]], contract: [[rank + 2, rank + 2]] } as const
  const made = trace.builder.emit(
    p.dot,
    [grouped(trace, y, groups, op), grouped(trace, weights, groups, op)],
    params,
    op,
  )
  return ungrouped(trace, made, op)
}
