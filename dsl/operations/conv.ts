import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { type ConvSettings, convPlan } from '../shape/conv.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { enter, must, type Trace } from '../trace/trace.ts'
import { windowed } from './windows.ts'

/** The product of each window with the weights, summed over its taps and channels. */
export function conv(op: string, rank: 1 | 2, x: Held, w: Held, options: ConvSettings): Held {
  const typed = (of: Held) => ({ shape: extentsOf(of), dtype: of.dtype })
  const { windows, groups, shape } = must(convPlan(op, rank, typed(x), typed(w), options))
  const trace = enter(op, [x, w])
  const b = trace.builder
  const all = windowed(trace, x, windows, 0, op)
  const made =
    groups === 1
      ? b.emit(p.dot, [all, w.value], { batch: [], contract: contracting(rank, 0) }, op)
      : inGroups(trace, all, w.value, groups, rank, op)
  const value = shape.length === rank + 2 ? made : b.emit(p.reshape, [made], { shape: shape.map((at) => at.size) }, op)
  return hold(trace, value, shape, x.dtype)
}

/**
 * Taps and channels are the last axes of the windows, and the first of the weights; `more` axes of the windows stand
 * among them.
 */
const contracting = (rank: number, more: number): readonly (readonly [number, number])[] =>
  Array.from({ length: rank + 1 }, (_, i) => [1 + rank + i + (i === rank ? more : 0), i] as const)

/** Channels as [groups, channels of a group], on both sides: a product for each group. */
function inGroups(trace: Trace, windows: Value, weights: Value, groups: number, rank: number, op: string): Value {
  const batch = [[1 + 2 * rank, rank + 1]] as const
  const parts = [grouped(trace, windows, groups, op), grouped(trace, weights, groups, op)]
  return ungrouped(trace, trace.builder.emit(p.dot, parts, { batch, contract: contracting(rank, 1) }, op), op)
}

/** [..., channels] as [..., groups, channels of a group]. */
export function grouped(trace: Trace, x: Value, groups: number, op: string): Value {
  const { shape } = x.type
  return trace.builder.emit(p.reshape, [x], { shape: [...shape.slice(0, -1), groups, shape.at(-1)! / groups] }, op)
}

/** [groups, ..., channels of a group] as [..., channels]. */
export function ungrouped(trace: Trace, x: Value, op: string): Value {
  const { shape } = x.type
  const between = [...shape.keys()].slice(1, -1)
  const permutation = [...between, 0, shape.length - 1]
  const ordered = trace.builder.emit(p.transpose, [x], { permutation }, op)
  const channels = shape[0]! * shape.at(-1)!
  return trace.builder.emit(p.reshape, [ordered], { shape: [...shape.slice(1, -1), channels] }, op)
}
