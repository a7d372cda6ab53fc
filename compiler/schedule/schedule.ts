import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import type { Loop, Nest } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Target } from '../plan/plan.ts'
import { type Draft, type Emitted, emit, inLoops } from './emit.ts'
import type { GroupTile } from './group.ts'
import { groupPairs } from './group-pairs.ts'
import { groupProduct } from './group-product.ts'
import { groupRows } from './group-rows.ts'
import type { Machine } from './machine.ts'
import { packedProduct } from './packed-product.ts'
import { flatIndex } from './parts.ts'
import { isContraction, pointsOver, reductionsIn, withReductions } from './reductions.ts'
import { rowAxes, rowLoops } from './rows.ts'
import { collapse, runs } from './runs.ts'
import { type TileSizes, tiles } from './tiles.ts'
import { blockReduce } from './widen.ts'

interface Schedule extends TileSizes {
  /** Elementwise: whether an iteration runs along the last axis, in lanes, or is a single element. */
  readonly runs: boolean
}

/**
 * With 8 sums of 4 lanes all of a 4 x 8 tile stays in registers on x86 and in V8. Without lanes some of 4 x 4 sums do not, and yet it was the fastest of those that were tried: where both factors are read across their rows,
 * what counts is how often.
 */
const schedules: { readonly [T in Target | 'scalar']: Schedule } = {
  wasm: {
    lanes: 4,
    rows: [4, 1],
    columns: [8, 4, 1],
    reduction: [16, 4, 1],
    elementwise: { chunks: [1], from: 0 },
    runs: true,
  },
  scalar: {
    lanes: 1,
    rows: [4, 1],
    columns: [4, 1],
    reduction: [4, 1],
    elementwise: { chunks: [1], from: 0 },
    runs: true,
  },
  wgsl: {
    lanes: 4,
    rows: [4, 1],
    columns: [4, 1],
    reduction: [1],
    elementwise: { chunks: [4, 1], from: 65_536 },
    runs: false,
  },
}

/** Sums longer than this are made of block sums; in a contraction, whose partial sums fill the registers, than the second. */
const longestSum = 256
const longestProductSum = 1024
/** Sums of products of at least as many terms are shared by threads where there are too few results for tiles. */
const sharedTerms = 32

/** A nest of a kernel, and what its names and notes were made of. */
export interface Scheduled extends Pick<Emitted, 'names' | 'notes'> {
  readonly nest: Nest
}

/** Decides how a nest is computed on a machine. `slotOf` numbers the tensors for its kernel. */
export function schedule(
  machine: Machine,
  fused: Fused,
  nest: FusedNest,
  slotOf: (tensor: number) => number,
): readonly Scheduled[] {
  const s = fused.scalars
  if (nest.pairs) return [grouped(s, nest, slotOf, groupPairs(s, nest, nest.pairs, machine))]
  const choice = schedules[machine.lanes === 1 ? 'scalar' : machine.target]
  const reductions = reductionsIn(nest.stores.map((store) => store.value))
  const rows = rowAxes(s, nest)
  const axes = rows ? rows.outer : nest.axes
  const form =
    reductions.length === 0 ? 'elementwise' : reductions.some(isContraction(s, axes)) ? 'contraction' : 'reduction'
  if (machine.groups && form !== 'elementwise') {
    const long = reductions.some(({ over }) => pointsOver(over) >= sharedTerms)
    const byRows = () => (form === 'reduction' || long ? groupRows(s, nest, longestSum) : undefined)
    const tile = groupProduct(s, nest, machine) ?? byRows()
    if (tile) return [grouped(s, nest, slotOf, tile)]
  }
  if (machine.target === 'wasm' && machine.lanes === 4 && form === 'contraction') {
    const packed = packedProduct(s, nest)
    if (packed) return [grouped(s, nest, slotOf, packed)]
  }
  const flat = form === 'elementwise' ? collapse(s, nest) : rewriteReductions(s, nest, axes)
  if (rows && choice.runs) {
    const { grid, drafts } = rowLoops(s, flat, rows, choice.lanes)
    return [alone(s, nest, slotOf, grid, drafts)]
  }
  const parts = form === 'elementwise' && choice.runs ? runs(s, flat, choice.lanes) : tiles(s, flat, form, choice)
  return parts.map(({ grid, loops, stores }) => alone(s, nest, slotOf, grid, inLoops(loops, stores)))
}

/** A nest whose points are computed each by itself. */
function alone(
  s: Scalars,
  { name }: FusedNest,
  slotOf: (tensor: number) => number,
  grid: readonly Loop[],
  drafts: readonly Draft[],
): Scheduled {
  const indices = grid.map(({ index }) => index)
  const { names, notes, ...made } = emit(s, slotOf, indices, drafts)
  const loops = made.grid.map((index, i) => ({ index, extent: grid[i]!.extent }))
  return { nest: { name, grid: loops, body: made.body }, names, notes }
}

/** A nest whose points are workgroups. */
export function grouped(
  s: Scalars,
  nest: FusedNest,
  slotOf: (tensor: number) => number,
  { grid, thread, shared, drafts }: GroupTile,
): Scheduled {
  const { names, notes, ...made } = emit(s, slotOf, [...grid.map(({ index }) => index), thread], drafts)
  const loops = made.grid.slice(0, -1).map((index, i) => ({ index, extent: grid[i]!.extent }))
  const group = { thread: made.grid.at(-1)!, shared }
  return { nest: { name: nest.name, grid: loops, body: made.body, group }, names, notes }
}

/** Reductions over several axes run over one where the inner axis is short, and long sums are made of block sums. */
function rewriteReductions(s: Scalars, nest: FusedNest, axes: readonly Variable[]): FusedNest {
  const isProduct = isContraction(s, axes)
  return withReductions(s, nest, (reduce) => {
    const merged = reduce.over.length > 1 && reduce.over.at(-1)!.extent! < 16 ? mergeIndices(s, reduce) : reduce
    if (merged.kind !== 'reduce') return merged
    return blockReduce(s, merged, isProduct(reduce) ? longestProductSum : longestSum)
  })
}

function mergeIndices(s: Scalars, reduce: Reduce): Expr {
  const { merged, at } = flatIndex(s, 'k', reduce.over)
  return s.reduce(reduce.op, [merged], s.substitute(reduce.body, at))
}
