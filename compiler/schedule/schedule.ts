import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce } from '../kernel/expr.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Target } from '../plan/plan.ts'
import { emit } from './emit.ts'
import { flatIndex } from './parts.ts'
import { isContraction, reductionsIn, withReductions } from './reductions.ts'
import { collapse, runs } from './runs.ts'
import { type TileSizes, tiles } from './tiles.ts'
import { blockReduce } from './widen.ts'

interface Schedule extends TileSizes {
  /** Elementwise: whether an iteration runs along the last axis, in lanes, or is a single element. */
  readonly runs: boolean
}

/** With 8 sums of 4 lanes all of a 4 x 8 tile stays in registers on x86 and in V8. */
const schedules: { readonly [T in Target]: Schedule } = {
  wasm: { rows: [4, 1], columns: [8, 4, 1], reduction: [16, 4, 1], runs: true },
  wgsl: { rows: [4, 1], columns: [4, 1], reduction: [1], runs: false },
}

/** Sums longer than this are made of block sums; in a contraction, whose partial sums fill the registers, than the second. */
const longestSum = 256
const longestProductSum = 1024
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

/** Reductions over several axes run over one where the inner axis is short, and long sums are made of block sums. */
function rewriteReductions(s: Scalars, nest: FusedNest): FusedNest {
  const isProduct = isContraction(s, nest.axes)
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
