import type { FusedNest } from '../fuse/fuse.ts'
import type { Reduce, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { type Form, isContraction, reductionsIn } from './reductions.ts'
import { type RowAxes, rowAxes } from './row-axes.ts'

/** What a nest is, and along which axes. */
export interface NestForm {
  readonly form: Form
  readonly reductions: readonly Reduce[]
  /** Where its reductions are done row by row. */
  readonly rows: RowAxes | undefined
  /** The axes that its reductions may depend on. */
  readonly axes: readonly Variable[]
}

export function formOf(s: Scalars, nest: FusedNest): NestForm {
  const reductions = reductionsIn(nest.stores.map((store) => store.value))
  const rows = rowAxes(s, nest)
  const axes = rows ? rows.outer : nest.axes
  const form =
    reductions.length === 0 ? 'elementwise' : reductions.some(isContraction(s, axes)) ? 'contraction' : 'reduction'
  return { form, reductions, rows, axes }
}
