import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { flatIndex } from './parts.ts'
import { isContraction, withReductions } from './reductions.ts'
import { blockReduce } from './widen.ts'

/**
 * Sums longer than this are made of block sums; in a contraction, whose partial sums fill the registers, than the
 * second.
 */
export const longestSum = 256
const longestProductSum = 1024

/** Reductions over several axes run over one where the inner axis is short, and long sums are made of block sums. */
export function inBlocks(s: Scalars, nest: FusedNest, axes: readonly Variable[]): FusedNest {
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
