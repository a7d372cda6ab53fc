import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Lanes } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { lanesFor } from './lanes.ts'
import { lanesOf, partition, type Tile } from './parts.ts'

/** The longest run of an elementwise loop: pieces of work to hand to threads. */
const longestRun = 8192

/** An elementwise nest as runs along its last axis, four elements at a time where there are lanes. */
export function runs(s: Scalars, nest: FusedNest, lanes: Lanes): readonly Tile[] {
  const last = nest.axes.at(-1)
  if (!last) return [{ grid: [], loops: [], stores: nest.stores }]
  const outer = nest.axes.slice(0, -1).map((index) => ({ index, extent: index.extent! }))
  const extent = last.extent!
  const inLanes = lanesFor(s, nest, 'elementwise', lanes) === last
  const step = inLanes ? 4 : 1
  const found: Tile[] = []
  for (const part of partition(
    extent,
    [longestRun, Math.min(longestRun, extent - (extent % step)), 1].filter((size) => size > 0),
  )) {
    const piece = s.loop(last.name, part.count)
    const along = s.loop(last.name, part.size)
    const width = part.size % step === 0 ? step : 1
    const position = s.add(
      s.index(part.from),
      s.add(s.mul(part.count > 1 ? piece : s.index(0), s.index(part.size)), part.size > 1 ? along : s.index(0)),
    )
    const at = new Map([[last, position]])
    const here = width === 4 ? lanesOf(s, last, position) : (value: Expr) => s.substitute(value, at)
    const stores = nest.stores.map(({ tensor, index, value }) => ({
      tensor,
      index: s.substitute(index, at),
      value: here(value),
    }))
    const loops = part.size > 1 ? [{ index: along, to: part.size, step: width }] : []
    found.push({ grid: part.count > 1 ? [...outer, { index: piece, extent: part.count }] : outer, loops, stores })
  }
  return found
}
