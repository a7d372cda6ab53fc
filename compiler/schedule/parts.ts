import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { SerialLoop } from './emit.ts'
import { pointsOver } from './reductions.ts'
import { splat, widening } from './widen.ts'

/** A part of a nest that is one nest of the kernel: what each point of its grid stores, inside some loops. */
export interface Tile {
  readonly grid: readonly { readonly index: Variable; readonly extent: number }[]
  readonly loops: readonly SerialLoop[]
  readonly stores: FusedNest['stores']
}

/**
 * How many neighbouring points of an axis one iteration computes: as many as the first entry for as long as that fits,
 * then the next. Sizes of an axis that is taken in lanes are multiples of 4 or less than 4; the last is 1. So no tile
 * ever reaches beyond the tensor, and what is left over becomes a nest of its own.
 */
export type Chunks = readonly number[]

/** Stretches of an axis: `count` pieces of `size` points from position `from`. */
export function partition(
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

/** Makes of values four lanes, also where they are the same in all of them. */
export function lanesOf(s: Scalars, variable: Variable, base: Expr): (value: Expr) => Expr {
  const wide = widening(s, variable, base)
  return (value) => splat(s, wide(value))
}

/** One index in place of several, row-major. */
export function flatIndex(s: Scalars, name: string, indices: readonly Variable[]) {
  const merged = s.loop(name, pointsOver(indices))
  const at = new Map<Variable, Expr>()
  let rest: Expr = merged
  for (const index of [...indices].reverse()) {
    const size = s.index(Math.max(1, index.extent!))
    at.set(index, s.rem(rest, size))
    rest = s.div(rest, size)
  }
  return { merged, at }
}
