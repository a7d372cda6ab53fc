import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Target } from '../plan/plan.ts'
import { emit, type SerialLoop } from './emit.ts'
import { lanesFor } from './lanes.ts'
import { type Form, isContraction, reductionsIn, throughReductions } from './reductions.ts'
import { blockReduce, widen, widenReduce } from './widen.ts'

/**
 * How many neighbouring points of an axis one iteration computes: as many as the first entry for as long as that fits, then the next. Sizes of an axis that is taken in lanes are multiples of
 * 4 or less than 4; the last is 1. So no tile ever reaches beyond the tensor, and what is left over becomes a nest of its own.
 */
type Chunks = readonly number[]

interface Schedule {
  /** Of the other axis and of the axis in lanes in a contraction. With 8 sums of 4 lanes all of a 4 x 8 tile stays in registers on x86 and in V8. */
  readonly rows: Chunks
  readonly columns: Chunks
  /** Of the last axis in a plain reduction. */
  readonly reduction: Chunks
  /** Elementwise: whether an iteration runs along the last axis, in lanes, or is a single element. */
  readonly runs: boolean
}

const schedules: { readonly [T in Target]: Schedule } = {
  wasm: { rows: [4, 1], columns: [8, 4, 1], reduction: [16, 4, 1], runs: true },
  wgsl: { rows: [4, 1], columns: [4, 1], reduction: [1], runs: false },
}

/** Sums longer than this are made of block sums; in a contraction, whose partial sums fill the registers, than the second. */
const longestSum = 256
const longestProductSum = 1024
/** The longest run of an elementwise loop: pieces of work to hand to threads. */
const longestRun = 8192

/** Decides how a nest is computed on a target. `slotOf` numbers the tensors for its kernel. */
export function schedule(
  target: Target,
  fused: Fused,
  nest: FusedNest,
  slotOf: (tensor: number) => number,
): readonly Nest[] {
  const s = fused.scalars
  const choice = schedules[target]
  const reductions = reductionsIn(nest.stores.map((store) => store.value))
  const form =
    reductions.length === 0 ? 'elementwise' : reductions.some(isContraction(s, nest.axes)) ? 'contraction' : 'reduction'
  const flat = form === 'elementwise' ? collapse(s, nest) : rewriteReductions(s, nest)
  const made: Nest[] = []
  for (const tile of form === 'elementwise' && choice.runs ? runs(s, flat) : tiles(s, flat, form, choice)) {
    const grid = tile.grid.map((loop) => loop.index)
    const { body, grid: indices } = emit(s, slotOf, grid, tile.loops, tile.stores)
    made.push({ name: nest.name, grid: indices.map((index, i) => ({ index, extent: tile.grid[i]!.extent })), body })
  }
  return made
}

interface Tile {
  readonly grid: readonly { readonly index: Variable; readonly extent: number }[]
  readonly loops: readonly SerialLoop[]
  readonly stores: FusedNest['stores']
}

/** An elementwise nest as runs along its last axis, four elements at a time. */
function runs(s: Scalars, nest: FusedNest): readonly Tile[] {
  const last = nest.axes.at(-1)
  if (!last) return [{ grid: [], loops: [], stores: nest.stores }]
  const outer = nest.axes.slice(0, -1).map((index) => ({ index, extent: index.extent! }))
  const extent = last.extent!
  const inLanes = lanesFor(s, nest, 'elementwise') === last
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
    const stores = nest.stores.map(({ tensor, index, value }) => ({
      tensor,
      index: s.substitute(index, at),
      value: width === 4 ? widened(s, value, last, position) : s.substitute(value, at),
    }))
    const loops = part.size > 1 ? [{ index: along, to: part.size, step: width }] : []
    found.push({ grid: part.count > 1 ? [...outer, { index: piece, extent: part.count }] : outer, loops, stores })
  }
  return found
}

/** A nest as tiles of a few points each. */
function tiles(s: Scalars, nest: FusedNest, form: Form, choice: Schedule): readonly Tile[] {
  const lanes = lanesFor(s, nest, form)
  const inLanes = nest.axes.find((axis) => axis === lanes)
  const quarter = (reduce: Reduce) => (reduce.over[0] === lanes ? widenReduce(s, reduce) : reduce)
  const { stores } = lanes && !inLanes ? withReductions(s, nest, quarter) : nest
  const row = nest.axes.filter((axis) => axis !== inLanes).at(-1)
  const chunks = (axis: Variable): Chunks => {
    if (form === 'elementwise') return [1]
    if (axis === inLanes) return form === 'contraction' ? choice.columns : choice.reduction
    if (form === 'reduction') return [1]
    // Without an axis in lanes the last two axes are the rows and columns of scalar (or lane-wise summed) products.
    return axis === row ? choice.rows : !inLanes && axis === nest.axes.at(-2) ? [2, 1] : [1]
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
    stores: points.flatMap(({ at, wide }) =>
      stores.map(({ tensor, index, value }) => {
        if (!wide) return { tensor, index: s.substitute(index, at), value: s.substitute(value, at) }
        const first = new Map([...at, [inLanes!, wide]])
        return { tensor, index: s.substitute(index, first), value: widened(s, s.substitute(value, at), inLanes!, wide) }
      }),
    ),
  }))
}

/** Where one point of a tile lies: its axes' positions, and the first position in lanes. */
interface Point {
  readonly at: ReadonlyMap<Variable, Expr>
  readonly wide?: Expr
}

/** A value in four lanes, also where it is the same in all of them. */
function widened(s: Scalars, value: Expr, variable: Variable, base: Expr): Expr {
  const wide = widen(s, value, variable, base)
  return wide.lanes === 4 ? wide : s.apply('splat', [wide])
}

/** Stretches of an axis: `count` pieces of `size` points from position `from`. */
function partition(
  extent: number,
  chunks: Chunks,
): readonly { readonly from: number; readonly size: number; readonly count: number }[] {
  const parts = []
  let from = 0
  for (const size of chunks) {
    const count = Math.floor((extent - from) / size)
    if (count > 0) parts.push({ from, size, count })
    from += count * size
  }
  return parts
}

/** Reductions over several axes run over one where the inner axis is short, and long sums are made of block sums. */
function rewriteReductions(s: Scalars, nest: FusedNest): FusedNest {
  const isProduct = isContraction(s, nest.axes)
  return withReductions(s, nest, (reduce) => {
    const merged = reduce.over.length > 1 && reduce.over.at(-1)!.extent! < 16 ? mergeIndices(s, reduce) : reduce
    if (merged.kind !== 'reduce') return merged
    return blockReduce(s, merged, isProduct(reduce) ? longestProductSum : longestSum)
  })
}

/** The nest with its reductions rewritten; one that several stores share stays one. */
function withReductions(s: Scalars, nest: FusedNest, change: (reduce: Reduce) => Expr): FusedNest {
  const values = throughReductions(
    s,
    nest.stores.map((store) => store.value),
    change,
  )
  return { ...nest, stores: nest.stores.map((store, i) => ({ ...store, value: values[i]! })) }
}

function mergeIndices(s: Scalars, reduce: Reduce): Expr {
  const { merged, at } = flatIndex(s, 'k', reduce.over)
  return s.reduce(reduce.op, [merged], s.substitute(reduce.body, at))
}

/** An elementwise nest over one flat axis where its last axis is short: lanes then run across it. */
function collapse(s: Scalars, nest: FusedNest): FusedNest {
  if (nest.axes.length < 2 || nest.axes.at(-1)!.extent! >= 16) return nest
  const { merged, at } = flatIndex(s, 'i', nest.axes)
  const stores = nest.stores.map(({ tensor, index, value }) => ({
    tensor,
    index: s.substitute(index, at),
    value: s.substitute(value, at),
  }))
  return { ...nest, axes: [merged], stores }
}

/** One index in place of several, row-major. */
function flatIndex(s: Scalars, name: string, indices: readonly Variable[]) {
  const merged = s.loop(
    name,
    indices.reduce((size, index) => size * index.extent!, 1),
  )
  const at = new Map<Variable, Expr>()
  let rest: Expr = merged
  for (const index of [...indices].reverse()) {
    const size = s.index(Math.max(1, index.extent!))
    at.set(index, s.rem(rest, size))
    rest = s.div(rest, size)
  }
  return { merged, at }
}
