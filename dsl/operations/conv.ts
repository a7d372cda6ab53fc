import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { convPlan } from '../shape/conv.ts'
import type { WindowOptions } from '../shape/window.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { enter, must, type Trace } from '../trace/trace.ts'
import { windowed } from './windows.ts'

/** The product of each window with the weights, summed over its taps and channels. */
export function conv(
  op: string,
  rank: 1 | 2,
  x: Held,
  w: Held,
  options: WindowOptions & { readonly groups?: number },
): Held {
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

/** Taps and channels are the last axes of the windows, and the first of the weights; `more` axes of the windows stand among them. */
const contracting = (rank: number, more: number): readonly (readonly [number, number])[] =>
  Array.from({ length: rank + 1 }, (_, i) => [1 + rank + i + (i === rank ? more : 0), i] as const)

/** Channels as [groups, channels of a group], on both sides: a product for each group. */
function inGroups(trace: Trace, windows: Value, weights: Value, groups: number, rank: number, op: string): Value {
  const b = trace.builder
  const parted = ({ type: { shape } }: Value) => [...shape.slice(0, -1), groups, shape.at(-1)! / groups]
  const x = b.emit(p.reshape, [windows], { shape: parted(windows) }, op)
  const w = b.emit(p.reshape, [weights], { shape: parted(weights) }, op)
  const batch = [[1 + 2 * rank, rank + 1]] as const
  const made = b.emit(p.dot, [x, w], { batch, contract: contracting(rank, 1) }, op)
  // [groups, batch, windows, out of a group] to [batch, windows, out].
  const axes = [...made.type.shape.keys()].slice(1, -1)
  const last = made.type.shape.length - 1
  const ordered = b.emit(p.transpose, [made], { permutation: [...axes, 0, last] }, op)
  return b.emit(p.reshape, [ordered], { shape: [...ordered.type.shape.slice(0, -2), weights.type.shape.at(-1)!] }, op)
}
