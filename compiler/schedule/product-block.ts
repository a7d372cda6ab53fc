import type { Expr, Variable } from '../kernel/expr.ts'
import type { Shared } from '../kernel/kernel.ts'
import type { Origin, Scalars } from '../kernel/scalars.ts'
import type { ProductTile } from '../plan/tuned.ts'
import type { Draft, Put, Puts } from './emit.ts'
import { clamped, fourOf, placed, threads } from './group.ts'
import type { Axis } from './product-form.ts'
import { splat } from './widen.ts'

/** The sums of a thread: by row, then by four columns, or one where the sums are of scalar products. */
export type Sums = readonly (readonly Variable[])[]

/** An array of the workgroup, by its number. */
export interface Numbered {
  readonly number: number
  readonly shared: Shared & { readonly plane: number }
}

/** What a block takes of an array of the workgroup. */
export interface Planes {
  readonly count: number
  readonly plane: number
}

/** An array of vectors of four with room for each of some blocks, one at a time. */
export function arrayOf(name: string, blocks: readonly Planes[]): Numbered['shared'] {
  const [count, plane] = [Math.max(...blocks.map((of) => of.count)), Math.max(...blocks.map((of) => of.plane))]
  return { name, dtype: 'f32', lanes: 4, size: count * plane, plane }
}

/**
 * A product of matrices by a workgroup, a block of terms at a time: blocks of both factors come to shared memory, and
 * each thread multiplies its part of them. Of a tile of the result a thread has every so-many-th four rows, and every
 * so-many-th four columns, or columns where it has fewer.
 *
 * What a thread reads for four terms lies at one place of so many planes: vectors of four terms, one for each of its
 * rows, or vectors of four rows, for each of the terms. Columns likewise.
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

  /** What the factors' blocks take, the left along terms or rows, the right along columns or terms. */
  static planes({ rows, columns, depth, threadRows, threadColumns }: ProductTile): {
    readonly left: Planes
    readonly right: Planes
  } {
    const fours = depth / 4
    return {
      left: { count: threadRows, plane: fours * (rows / threadRows) },
      right: { count: threadColumns, plane: fours * (columns / threadColumns) },
    }
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
  bringLeft(factor: Expr, rows: Axis, first: Expr, terms: Axis, begin: Expr, along: boolean, bound?: number): Puts {
    const run = along ? this.shape.depth / 4 : this.shape.rows / 4
    const value = this.#vector(factor, rows, first, terms, begin, along, bound)
    const vectors = (this.shape.rows * this.shape.depth) / 4
    return this.#bring(this.#left.number, vectors, run, (line, inLine) =>
      along
        ? { index: this.#leftAlong(line, inLine), value: value(line, inLine) }
        : { index: this.leftAcross(line, inLine), value: value(inLine, line) },
    )
  }

  bringRight(factor: Expr, columns: Axis, first: Expr, terms: Axis, begin: Expr, bound?: number): Puts {
    const run = this.dots ? this.shape.depth / 4 : this.shape.columns / 4
    const value = this.#vector(factor, columns, first, terms, begin, this.dots, bound)
    const vectors = (this.shape.columns * this.shape.depth) / 4
    return this.#bring(this.#right.number, vectors, run, (line, inLine) =>
      this.dots
        ? { index: this.#rightAlong(line, inLine), value: value(line, inLine) }
        : { index: this.#rightAcross(line, inLine), value: value(inLine, line) },
    )
  }

  /** Where four terms of a row of the tile are in the left array. */
  #leftAlong(row: Expr, four: Expr): Expr {
    const s = this.#s
    const [rows, inRows] = [s.div(row, s.index(4)), s.rem(row, s.index(4))]
    const down = s.index(this.threadsDown)
    const number = s.add(s.mul(s.div(rows, down), s.index(4)), inRows)
    return this.#inPlane(this.#left, number, s.add(s.mul(s.rem(rows, down), s.index(this.shape.depth / 4)), four))
  }

  /** Where four rows of the tile are, by their number, at a term. */
  leftAcross(term: Expr, four: Expr): Expr {
    return this.#across(this.#left, term, four, this.threadsDown, this.shape.threadRows / 4)
  }

  /** Where four terms of a column of the tile are in the right array. */
  #rightAlong(column: Expr, four: Expr): Expr {
    const s = this.#s
    const [across, each] = [s.index(this.threadsAcross), s.index(this.#together)]
    const [columns, inColumns] = [s.div(column, each), s.rem(column, each)]
    const number = s.add(s.mul(s.div(columns, across), each), inColumns)
    return this.#inPlane(this.#right, number, s.add(s.mul(four, across), s.rem(columns, across)))
  }

  /** How many columns of a thread are neighbours. */
  get #together(): number {
    return this.shape.threadColumns % 4 === 0 ? 4 : 1
  }

  #rightAcross(term: Expr, four: Expr): Expr {
    return this.#across(this.#right, term, four, this.threadsAcross, this.shape.threadColumns / 4)
  }

  /** Four neighbours, by their number, at a term, where every so-many-th four is a thread's, `each` in all. */
  #across(array: Numbered, term: Expr, four: Expr, threads: number, each: number): Expr {
    const s = this.#s
    const number = s.add(s.mul(s.rem(term, s.index(4)), s.index(each)), s.div(four, s.index(threads)))
    return this.#inPlane(
      array,
      number,
      s.add(s.mul(s.div(term, s.index(4)), s.index(threads)), s.rem(four, s.index(threads))),
    )
  }

  #inPlane({ shared }: Numbered, number: Expr, place: Expr): Expr {
    return this.#s.add(this.#s.mul(number, this.#s.index(shared.plane)), place)
  }

  /** The products of four terms, number q of the block. `along`: whether the left block is along terms. */
  multiply(sums: Sums, q: Expr, after: Variable, along: boolean): readonly Draft[] {
    const s = this.#s
    const fetchLeft = (index: Expr) => s.fetch(this.#left.number, this.#left.shared, index, after)
    const fetchRight = (index: Expr) => s.fetch(this.#right.number, this.#right.shared, index, after)
    const term = (c: number) => s.add(s.mul(q, s.index(4)), s.index(c))
    const lane = (vector: Expr, c: number) => s.apply('extract', [vector, s.index(c)])
    /** Term c of the four of the thread's row i. */
    const leftAt = (i: number, c: number): Expr =>
      along
        ? lane(fetchLeft(this.#leftAlong(this.row(i), q)), c)
        : lane(fetchLeft(this.leftAcross(term(c), this.fourRows(Math.floor(i / 4)))), i % 4)
    if (this.dots)
      return sums.flatMap((row, i) =>
        row.map((variable, j): Draft => {
          const a = fetchLeft(this.#leftAlong(this.row(i), q))
          const b = fetchRight(this.#rightAlong(this.column(j), q))
          return { kind: 'fold', variable, op: 'add', args: [s.apply('dot', [a, b])] }
        }),
      )
    return [0, 1, 2, 3].flatMap((c) =>
      sums.flatMap((row, i) =>
        row.map((variable, v): Draft => {
          const b = fetchRight(this.#rightAcross(term(c), this.fourColumns(v)))
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

  /** Column j of the thread. */
  column(j: number): Expr {
    const [s, each] = [this.#s, this.#together]
    const first = s.add(this.across, s.index(Math.floor(j / each) * this.threadsAcross))
    return s.add(s.mul(first, s.index(each)), s.index(j % each))
  }

  /**
   * Each thread puts every 256th of a block's vectors, of which neighbours in memory make lines of `run`: at a line and
   * a place in it.
   */
  #bring(
    shared: number,
    vectors: number,
    run: number,
    put: (line: Expr, inLine: Expr) => { readonly index: Expr; readonly value: Expr },
  ): Puts {
    const s = this.#s
    const puts = Array.from({ length: Math.ceil(vectors / threads) }, (_, i): Put => {
      const number = s.add(this.#thread, s.index(i * threads))
      const vector = vectors % threads === 0 ? number : s.rem(number, s.index(vectors))
      return { shared, ...put(s.div(vector, s.index(run)), s.rem(vector, s.index(run))) }
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
