import type { FusedNest } from '../fuse/fuse.ts'
import type { Variable } from '../kernel/expr.ts'
import { ownReductions } from '../kernel/own-reductions.ts'
import type { Scalars } from '../kernel/scalars.ts'

/** The axes of a nest by what they number: rows, on which alone its reductions depend, and the elements of a row. */
export interface RowAxes {
  readonly outer: readonly Variable[]
  readonly inner: readonly Variable[]
}

/**
 * The axes of a nest whose reductions are done row by row; undefined where they depend on the last axis, or there are
 * none.
 */
export function rowAxes(s: Scalars, nest: FusedNest): RowAxes | undefined {
  const reductions = ownReductions(
    s,
    nest.axes,
    nest.stores.map((store) => store.value),
  )
  const leading = 1 + nest.axes.findLastIndex((axis) => reductions.some((reduce) => s.free(reduce).has(axis)))
  if (reductions.length === 0 || leading === nest.axes.length) return undefined
  return { outer: nest.axes.slice(0, leading), inner: nest.axes.slice(leading) }
}
