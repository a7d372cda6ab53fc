import type { Expr, Variable } from '../kernel/expr.ts'
import type { Shared } from '../kernel/kernel.ts'
import type { Origin, Scalars } from '../kernel/scalars.ts'
import type { ProductTile } from '../plan/tuned.ts'
import type { Draft, Put } from './emit.ts'
import { clamped, fourOf, placed, threads } from './group.ts'
import type { Axis } from './product-form.ts'
import { splat } from './widen.ts'

/** The sums of a thread: by row, then by four columns, or one where the sums are of scalar products. */
export type Sums = readonly (readonly Variable[])[]

/** An array of the workgroup, by its number. */
export interface Numbered {
  readonly number: number
  readonly shared: Shared
}

/**
 * A product of matrices by a workgroup, a block of terms at a time: blocks of both factors come to shared memory, and
 * each thread multiplies its part of them. Of a tile of the result a thread has every so-many-th four rows, and every
 * so-many-th four columns, or columns where `dots`.
 */
export class ProductBlock {
  readonly threadsAcross: number
  readonly threadsDown: number
  /** Which rows, columns and terms are this thread's. */
  readonly across: Expr
  readonly down: Expr
  readonly split: Expr
  readonly shape: ProductTile
  /**
   * Whether the right factor is in shared memory along its terms, so that sums are of scalar products of four; else
   * along columns, and a thread's sums are four neighbours each.
   */
  readonly dots: boolean
  readonly #s: Scalars
  readonly #thread: Variable
  readonly #left: Numbered
  readonly #right: Numbered

  constructor(
    s: Scalars,
    thread: Variable,
    shape: ProductTile,
    { dots, left, right }: { readonly dots: boolean; readonly left: Numbered; readonly right: Numbered },
  ) {
    this.#s = s
    this.#thread = thread
    this.shape = shape
    this.dots = dots
    this.#left = left
    this.#right = right
    this.threadsAcross = shape.columns / shape.threadColumns
    this.threadsDown = shape.rows / shape.threadRows
    this.across = s.rem(thread, s.index(this.threadsAcross))
    const rest = s.div(thread, s.index(this.threadsAcross))
    this.down = s.rem(rest, s.index(this.threadsDown))
    this.split = s.div(rest, s.index(this.threadsDown))
  }

  /**
   * The vectors of four that the factors' blocks take: the left along terms or rows, the right along columns or terms.
   * A column of terms is one longer, so that threads side by side read from different banks.
   */
  static vectors(
    { rows, columns, depth }: ProductTile,
    dots: boolean,
  ): { readonly left: number; readonly right: number } {
    return { left: (rows / 4) * depth, right: dots ? columns * (depth / 4 + 1) : (columns / 4) * depth }
  }

  accumulators(origin: Origin | undefined, drafts: Draft[]): Sums {
    const { threadRows, threadColumns } = this.shape
    const s = this.#s
    const lanes = this.dots ? 1 : 4
    const zero = s.constant(0, 'f32')
    return Array.from({ length: threadRows }, () =>
      Array.from({ length: threadColumns / lanes }, () => {
        const variable = s.variable(origin?.name ?? 'sum', 'f32', lanes)
        const value = lanes === 4 ? splat(s, zero) : zero
        drafts.push({ kind: 'var', variable, value, ...(origin && { origin }) })
        return variable
      }),
    )
  }

  /**
   * Brings a block of the left factor: lines from `first` on, terms from `begin` on; what is beyond `bound` terms
   * counts as 0.
   */
  bringLeft(factor: Expr, rows: Axis, first: Expr, terms: Axis, begin: Expr, along: boolean, bound?: number): Draft {
    const run = along ? this.shape.depth / 4 : this.shape.rows / 4
    return this.#bring(
      this.#left.number,
      this.shape.rows,
      along,
      run,
      run,
      this.#vector(factor, rows, first, terms, begin, along, bound),
    )
  }

  bringRight(factor: Expr, columns: Axis, first: Expr, terms: Axis, begin: Expr, bound?: number): Draft {
    const along = this.dots
    const run = along ? this.shape.depth / 4 : this.shape.columns / 4
    const value = this.#vector(factor, columns, first, terms, begin, along, bound)
    return this.#bring(this.#right.number, this.shape.columns, along, run, run + (along ? 1 : 0), value)
  }

  /** The products of four terms, number q of the block. `along`: whether the left block is along terms. */
  multiply(sums: Sums, q: Expr, after: Variable, along: boolean): readonly Draft[] {
    const s = this.#s
    const fours = this.shape.depth / 4
    const fetchLeft = (index: Expr) => s.fetch(this.#left.number, this.#left.shared, index, after)
    const fetchRight = (index: Expr) => s.fetch(this.#right.number, this.#right.shared, index, after)
    const term = (c: number) => s.add(s.mul(q, s.index(4)), s.index(c))
    const lane = (vector: Expr, c: number) => s.apply('extract', [vector, s.index(c)])
    /** Term c of the four of the thread's row i. */
    const leftAt = (i: number, c: number): Expr =>
      along
        ? lane(fetchLeft(s.add(s.mul(this.row(i), s.index(fours)), q)), c)
        : lane(fetchLeft(s.add(s.mul(term(c), s.index(this.shape.rows / 4)), this.fourRows(Math.floor(i / 4)))), i % 4)
    if (this.dots)
      return sums.flatMap((row, i) =>
        row.map((variable, j): Draft => {
          const a = fetchLeft(s.add(s.mul(this.row(i), s.index(fours)), q))
          const b = fetchRight(s.add(s.mul(this.column(j), s.index(fours + 1)), q))
          return { kind: 'fold', variable, op: 'add', args: [s.apply('dot', [a, b])] }
        }),
      )
    return [0, 1, 2, 3].flatMap((c) =>
      sums.flatMap((row, i) =>
        row.map((variable, v): Draft => {
          const b = fetchRight(s.add(s.mul(term(c), s.index(this.shape.columns / 4)), this.fourColumns(v)))
          return { kind: 'fold', variable, op: 'fma', args: [splat(s, leftAt(i, c)), b] }
        }),
      ),
    )
  }

  /** Row i of the thread, in the tile: four neighbours, then four further down. */
  row(i: number): Expr {
    const s = this.#s
    return s.add(s.mul(this.fourRows(Math.floor(i / 4)), s.index(4)), s.index(i % 4))
  }

  /** Its four rows number u, in fours. */
  fourRows(u: number): Expr {
    return this.#s.add(this.down, this.#s.index(u * this.threadsDown))
  }

  fourColumns(v: number): Expr {
    return this.#s.add(this.across, this.#s.index(v * this.threadsAcross))
  }

  /** Column j of the thread where its sums are single ones: neighbours belong to neighbouring threads. */
  column(j: number): Expr {
    return this.#s.add(this.across, this.#s.index(j * this.threadsAcross))
  }

  /**
   * Each thread puts every 256th vector of a block of `lines` rows or columns; each line, or each term where vectors
   * are not along terms, has `run` of them.
   */
  #bring(
    shared: number,
    lines: number,
    along: boolean,
    run: number,
    stride: number,
    value: (line: Expr, term: Expr) => Expr,
  ): Draft {
    const s = this.#s
    const vectors = (lines * this.shape.depth) / 4
    const puts = Array.from({ length: Math.ceil(vectors / threads) }, (_, i): Put => {
      const number = s.add(this.#thread, s.index(i * threads))
      const vector = vectors % threads === 0 ? number : s.rem(number, s.index(vectors))
      const [inLine, line] = [s.rem(vector, s.index(run)), s.div(vector, s.index(run))]
      const index = s.add(s.mul(line, s.index(stride)), inLine)
      return { shared, index, value: along ? value(line, inLine) : value(inLine, line) }
    })
    if (vectors % threads === 0) return { kind: 'puts', puts }
    return { kind: 'puts', puts, where: s.less(this.#thread, s.index(vectors % threads)) }
  }

  /** A vector of a factor at a line and a term, whichever of them it runs along counted in fours. */
  #vector(
    factor: Expr,
    lines: Axis,
    first: Expr,
    terms: Axis,
    begin: Expr,
    along: boolean,
    bound: number | undefined,
  ): (line: Expr, term: Expr) => Expr {
    const s = this.#s
    const quarter = (from: Expr, four: Expr) => s.add(s.div(from, s.index(4)), four)
    return (line, term) => {
      if (along) {
        const of = atPosition(s, factor, lines, s.add(first, line))
        return fourOf(s, of, terms.indices, quarter(begin, term), bound)
      }
      const value = fourOf(s, atPosition(s, factor, terms, s.add(begin, term)), lines.indices, quarter(first, line))
      if (bound === undefined) return value
      const inside = s.less(s.add(begin, term), s.index(bound))
      return s.select(splat(s, inside), value, splat(s, s.constant(0, 'f32')))
    }
  }
}

/** An expression at one position of an axis, the last one beyond it. */
export const atPosition = (s: Scalars, expr: Expr, axis: Axis, position: Expr): Expr =>
  positioning(s, axis, position)(expr)

/** The same for several expressions: what they have in common is done once. */
export function positioning(s: Scalars, { indices, extent }: Axis, position: Expr): (expr: Expr) => Expr {
  const at = placed(s, indices, clamped(s, position, extent))
  return (expr) => s.substitute(expr, at)
}
