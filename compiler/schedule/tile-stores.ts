import type { FusedStore } from '../fuse/fuse.ts'
import type { Expr } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft, PointStore } from './emit.ts'
import { both, clamped, fours } from './group.ts'
import { positioning, type Sums } from './product-block.ts'
import type { Axis } from './product-form.ts'
import { replaceIn } from './replace.ts'
import { splat } from './widen.ts'

/** What a workgroup has computed of a tile from row `top` and column `left` on. */
export interface ComputedTile {
  readonly rows: Axis
  readonly columns: Axis
  readonly top: Expr
  readonly left: Expr
  /** Expressions of the nest, and their values in this thread. */
  readonly sums: readonly { readonly of: Expr; readonly sums: Sums }[]
  /** Of one element a row, in this thread's row i. */
  readonly ofRows: readonly { readonly of: Expr; readonly at: (i: number) => Expr }[]
}

/** Which elements of a tile of the result a thread has. */
export interface ThreadTile {
  /** `splits`: the threads that share its sums, `split` the number of this one. */
  readonly shape: { readonly threadRows: number; readonly threadColumns: number; readonly splits: number }
  readonly split: Expr
  /** Whether its sums are single ones; else they are four neighbours each. */
  readonly dots: boolean
  row(i: number): Expr
  /** Its four columns number v, in fours. */
  fourColumns(v: number): Expr
}

/**
 * An element of a tensor of rows by columns that does not exist, in place of a value until it is known whose it is.
 * `columns` of 1 for a value of one element a row.
 */
export function standIn(
  s: Scalars,
  number: number,
  rows: Axis,
  columns: Axis | undefined,
  dtype: Expr['dtype'] = 'f32',
): Expr {
  const at = ({ indices }: Axis, step: number) =>
    indices.reduceRight(
      ({ sum, by }, index) => ({ sum: s.add(sum, s.mul(index, s.index(by))), by: by * index.extent! }),
      { sum: s.index(0) as Expr, by: step },
    ).sum
  const along = columns ? s.add(at(rows, columns.extent), at(columns, 1)) : at(rows, 1)
  return s.load(-1 - number, dtype, along)
}

/** What follows the sums, and the stores: in vectors of four where columns lie together in memory. */
export function tileStores(
  s: Scalars,
  block: ThreadTile,
  { rows, columns, top, left, sums, ofRows }: ComputedTile,
  all: readonly FusedStore[],
): readonly Draft[] {
  const standIns = sums.map((_, n) => standIn(s, n, rows, columns))
  const rowStandIns = ofRows.map((_, n) => standIn(s, sums.length + n, rows, undefined))
  const replaced = new Map<Expr, Expr>([
    ...sums.map(({ of }, n) => [of, standIns[n]!] as const),
    ...ofRows.map(({ of }, n) => [of, rowStandIns[n]!] as const),
  ])
  const stores = all.map((store) => ({ ...store, value: replaceIn(s, store.value, replaced) }))
  const last = columns.indices.at(-1)!
  const wide = last.extent! % 4 === 0 ? stores.filter(({ index }) => s.stride(index, last) === 1) : []
  const single = stores.filter((store) => !wide.includes(store))
  const sumsAt = (n: number, i: number, v: number): Expr => {
    const row = sums[n]!.sums[i]!
    return block.dots ? s.apply('pack', row.slice(4 * v, 4 * v + 4)) : row[v]!
  }
  const own = block.shape.splits > 1 ? s.apply('equal', [block.split, s.index(0)]) : s.constant(1, 'bool')

  return Array.from({ length: block.shape.threadRows }, (_, i) => i).flatMap((i) => {
    const row = s.add(top, block.row(i))
    const isRow = both(s, own, s.less(row, s.index(rows.extent)))
    const inRow = positioning(s, rows, row)
    const known = (at: (expr: Expr) => Expr, sum: (n: number) => Expr) =>
      new Map<Expr, Expr>([
        ...rowStandIns.map((load, n) => [inRow(load), ofRows[n]!.at(i)] as const),
        ...standIns.map((load, n) => [at(load), sum(n)] as const),
      ])
    const wideStores = (v: number): Draft => {
      const four = s.add(s.div(left, s.index(4)), block.fourColumns(v))
      const count = columns.extent / 4
      const within = clamped(s, four, count)
      const wideAt = fours(s, columns.indices, within)
      const first = positioning(s, columns, s.mul(within, s.index(4)))
      const vector = (expr: Expr) => wideAt(inRow(expr))
      const by = known(vector, (n) => sumsAt(n, i, v))
      const made = wide.map(
        ({ tensor, index, value }): PointStore => ({
          tensor,
          index: first(inRow(index)),
          value: splat(s, replaceIn(s, vector(value), by)),
        }),
      )
      return { kind: 'stores', stores: made, where: both(s, isRow, s.less(four, s.index(count))) }
    }
    const singleStores = (v: number, lane: number): Draft => {
      const column = s.add(s.add(left, s.mul(block.fourColumns(v), s.index(4))), s.index(lane))
      const inColumn = positioning(s, columns, column)
      const point = (expr: Expr) => inColumn(inRow(expr))
      const sumAt = (n: number) =>
        block.dots ? sums[n]!.sums[i]![4 * v + lane]! : s.apply('extract', [sumsAt(n, i, v), s.index(lane)])
      const by = known(point, sumAt)
      const made = single.map(
        ({ tensor, index, value }): PointStore => ({
          tensor,
          index: point(index),
          value: replaceIn(s, point(value), by),
        }),
      )
      return { kind: 'stores', stores: made, where: both(s, isRow, s.less(column, s.index(columns.extent))) }
    }
    const lanes = single.length > 0 ? [0, 1, 2, 3] : []
    return Array.from({ length: block.shape.threadColumns / 4 }, (_, v) => v).flatMap((v) => [
      ...(wide.length > 0 ? [wideStores(v)] : []),
      ...lanes.map((lane) => singleStores(v, lane)),
    ])
  })
}
