import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Lanes, Reduce, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { lanesFor } from './lanes.ts'
import { type Chunks, lanesOf, partition, type Tile } from './parts.ts'
import { type Form, pointsOver, withReductions } from './reductions.ts'
import { widenReduce } from './widen.ts'

/** The sizes of tiles. */
export interface TileSizes {
  /** Where it is 1, the last axis is taken as an axis in lanes would be, one by one. */
  readonly lanes: Lanes
  /** Of the other axis and of the axis in lanes in a contraction. */
  readonly rows: Chunks
  readonly columns: Chunks
  /** Of the last axis in a plain reduction. */
  readonly reduction: Chunks
  /** Of an elementwise axis in lanes, in nests of at least as many points. */
  readonly elementwise: { readonly chunks: Chunks; readonly from: number }
}

/** A nest as tiles of a few points each. */
export function tiles(s: Scalars, nest: FusedNest, form: Form, choice: TileSizes): readonly Tile[] {
  const lanes = lanesFor(s, nest, form, choice.lanes)
  const inLanes = nest.axes.find((axis) => axis === lanes)
  const along = choice.lanes === 1 ? nest.axes.at(-1) : inLanes
  const quarter = (reduce: Reduce) => (reduce.over[0] === lanes ? widenReduce(s, reduce) : reduce)
  const { stores } = lanes && !inLanes ? withReductions(s, nest, quarter) : nest
  const many = pointsOver(nest.axes) >= choice.elementwise.from
  const row = nest.axes.filter((axis) => axis !== along).at(-1)
  const chunks = (axis: Variable): Chunks => {
    if (form === 'elementwise') return axis === inLanes && many ? choice.elementwise.chunks : [1]
    if (axis === along) return form === 'contraction' ? choice.columns : choice.reduction
    if (form === 'reduction') return [1]
    // All of a short last axis, so that what it does not change is computed once.
    if (axis === row && axis === nest.axes.at(-1) && axis.extent! < 4) return [axis.extent!, 1]
    // Without an axis in lanes the last two axes are the rows and columns of scalar (or lane-wise summed) products.
    return axis === row ? choice.rows : !along && axis === nest.axes.at(-2) ? [2, 1] : [1]
  }
  let found: { grid: Tile['grid']; points: readonly Point[] }[] = [{ grid: [], points: [{ at: new Map() }] }]
  for (const axis of [...nest.axes].reverse()) {
    found = partition(axis.extent!, chunks(axis)).flatMap((part) =>
      found.map(({ grid, points }) => {
        const index = s.loop(axis.name, part.count)
        const base = s.add(s.index(part.from), part.count > 1 ? s.mul(index, s.index(part.size)) : s.index(0))
        const wide = axis === inLanes && part.size % 4 === 0
        const offsets = Array.from({ length: wide ? part.size / 4 : part.size }, (_, i) =>
          s.add(base, s.index(wide ? 4 * i : i)),
        )
        return {
          grid: part.count > 1 ? [...grid, { index, extent: part.count }] : grid,
          points: points.flatMap((point) =>
            offsets.map((offset) =>
              wide ? { ...point, wide: offset } : { ...point, at: new Map([...point.at, [axis, offset]]) },
            ),
          ),
        }
      }),
    )
  }
  return found.map(({ grid, points }) => ({
    grid,
    loops: [],
    stores: points.flatMap(({ at, wide }) => {
      const vector = wide ? lanesOf(s, inLanes!, wide) : undefined
      return stores.flatMap(({ tensor, index, value }) => {
        const placed = (lane: number) =>
          s.substitute(index, wide ? new Map([...at, [inLanes!, s.add(wide, s.index(lane))]]) : at)
        const one = s.substitute(value, at)
        if (!vector) return [{ tensor, index: placed(0), value: one }]
        const four = vector(one)
        if (s.stride(index, inLanes!) === 1) return [{ tensor, index: placed(0), value: four }]
        return [0, 1, 2, 3].map((lane) => ({
          tensor,
          index: placed(lane),
          value: s.apply('extract', [four, s.index(lane)]),
        }))
      })
    }),
  }))
}

/** Where one point of a tile lies: its axes' positions, and the first position in lanes. */
interface Point {
  readonly at: ReadonlyMap<Variable, Expr>
  readonly wide?: Expr
}
