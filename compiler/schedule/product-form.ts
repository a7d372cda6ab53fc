import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { ownReductions } from '../kernel/own-reductions.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { pointsOver } from './reductions.ts'

/**
 * A nest as products of matrices and what follows them: which of its axes number rows, which columns, and which
 * matrices.
 */
export interface ProductForm {
  readonly rows: Axis
  readonly columns: Axis
  readonly batch: readonly Variable[]
  readonly products: readonly Product[]
}

/**
 * A sum over `terms` of left * right: the left depends on rows and not on columns, the right on columns and not on
 * rows.
 */
export interface Product {
  readonly reduce: Reduce
  readonly left: Expr
  readonly right: Expr
  readonly terms: Axis
}

/** Several indices as one, row-major. */
export interface Axis {
  readonly indices: readonly Variable[]
  readonly extent: number
}

/**
 * Undefined where some reduction is no product, or where they disagree on what rows are. The last axis, along which
 * neighbours are stored, is one of columns.
 */
export function productForm(s: Scalars, nest: FusedNest): ProductForm | undefined {
  const { axes } = nest
  const reductions = ownReductions(
    s,
    nest.axes,
    nest.stores.map((store) => store.value),
  )
  const products: Product[] = []
  let split: { rows: readonly Variable[]; columns: readonly Variable[] } | undefined
  for (const reduce of reductions) {
    const { body, over } = reduce
    if (reduce.op !== 'add' || reduce.dtype !== 'f32' || body.kind !== 'apply' || body.op !== 'mul') return undefined
    const [a, b] = body.args as [Expr, Expr]
    const only = (one: Expr, other: Expr) => axes.filter((axis) => s.free(one).has(axis) && !s.free(other).has(axis))
    const [ofA, ofB] = [only(a, b), only(b, a)]
    split ??= ofA.includes(axes.at(-1)!) ? { rows: ofB, columns: ofA } : { rows: ofA, columns: ofB }
    const terms = axisOf(over)
    if (same(ofA, split.rows) && same(ofB, split.columns)) products.push({ reduce, left: a, right: b, terms })
    else if (same(ofB, split.rows) && same(ofA, split.columns)) products.push({ reduce, left: b, right: a, terms })
    else return undefined
  }
  if (!split || split.rows.length === 0 || split.columns.length === 0) return undefined
  const { rows, columns } = split
  const batch = axes.filter((axis) => !rows.includes(axis) && !columns.includes(axis))
  return { rows: axisOf(rows), columns: axisOf(columns), batch, products }
}

const axisOf = (indices: readonly Variable[]): Axis => ({ indices, extent: pointsOver(indices) })

const same = (a: readonly Variable[], b: readonly Variable[]): boolean =>
  a.length === b.length && a.every((variable, i) => variable === b[i])
