import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft, PointStore, Put } from './emit.ts'
import { both, clamped, fourOf, type GroupTile, neighbours, placed, threads } from './group.ts'
import type { Machine } from './machine.ts'
import { type Axis, type Product, type ProductForm, productForm } from './product-form.ts'
import { type ProductTile, tileFor } from './product-tiles.ts'
import { pointsOver } from './reductions.ts'
import { replaceIn } from './replace.ts'
import { splat } from './widen.ts'

/** Sizes below which products are better done by rows or one by one. */
const least = { terms: 8, rows: 8, columns: 8 }
/** A thread adds up so many products before it adds them to what it had, as long as it has registers for both. */
const longestSum = 1024
const mostSums = 16

/**
 * A nest with sums of products, by tiles: a workgroup brings blocks of both factors to its shared memory, whatever it takes to compute them; each thread multiplies its part of them; what follows the
 * sums is done with the sums at hand. Undefined for nests of another form, and small ones. `shape` is a tile to take whatever the sizes.
 */
export function groupProduct(
  s: Scalars,
  nest: FusedNest,
  machine: Machine,
  shape?: ProductTile,
): GroupTile | undefined {
  const form = productForm(s, nest)
  if (!form) return undefined
  const { rows, columns, batch, products } = form
  const terms = Math.max(...products.map((product) => product.terms.extent))
  const small = terms < least.terms || rows.extent < least.rows || columns.extent < least.columns
  if ((small && !shape) || batch.some(({ extent }) => extent === 0)) return undefined
  const tile = new Tile(
    s,
    form,
    shape ?? tileFor(machine, { rows: rows.extent, columns: columns.extent, terms, batch: pointsOver(batch) }),
  )
  return { grid: tile.grid, thread: tile.thread, shared: tile.shared, drafts: tile.drafts(nest) }
}

const [ofLeft, ofRight] = [0, 1]

class Tile {
  readonly grid: readonly Loop[]
  readonly thread: Variable
  readonly #s: Scalars
  readonly #form: ProductForm
  readonly #shape: ProductTile
  /** Whether the right factors are in shared memory along their terms, so that sums are of scalar products of four; else along columns, and a thread's sums are four neighbours each. */
  readonly #dots: boolean
  /** The first row and column of the tile. */
  readonly #top: Expr
  readonly #left: Expr
  /** Which rows, columns and terms are this thread's. */
  readonly #down: Expr
  readonly #across: Expr
  readonly #split: Expr
  readonly #threadsAcross: number
  readonly #threadsDown: number

  constructor(s: Scalars, form: ProductForm, shape: ProductTile) {
    this.#s = s
    this.#form = form
    this.#shape = shape
    this.#dots = form.products.every(
      ({ left, right, terms }) =>
        isAlong(s, left, terms, form.rows) && !isAlong(s, right, form.columns, terms) && terms.extent >= 4,
    )
    const { rows, columns, batch } = form
    const across = s.loop('columns', Math.ceil(columns.extent / shape.columns))
    const down = s.loop('rows', Math.ceil(rows.extent / shape.rows))
    const begin = (index: Variable, size: number) => (index.extent! > 1 ? s.mul(index, s.index(size)) : s.index(0))
    this.#top = begin(down, shape.rows)
    this.#left = begin(across, shape.columns)
    this.grid = [...batch, down, across].flatMap((index) =>
      index.extent! > 1 ? [{ index, extent: index.extent! }] : [],
    )
    this.thread = s.loop('thread', threads)
    this.#threadsAcross = shape.columns / shape.threadColumns
    this.#threadsDown = shape.rows / shape.threadRows
    this.#across = s.rem(this.thread, s.index(this.#threadsAcross))
    const rest = s.div(this.thread, s.index(this.#threadsAcross))
    this.#down = s.rem(rest, s.index(this.#threadsDown))
    this.#split = s.div(rest, s.index(this.#threadsDown))
  }

  /** Both blocks in vectors of four: the left along terms or rows, the right along columns or terms. A column of terms is one longer, so that threads side by side read from different banks. */
  get shared(): readonly Shared[] {
    const { rows, columns, depth } = this.#shape
    const right = this.#dots ? columns * (depth / 4 + 1) : (columns / 4) * depth
    return [
      { name: 'left', dtype: 'f32', lanes: 4, size: (rows / 4) * depth },
      { name: 'right', dtype: 'f32', lanes: 4, size: right },
    ]
  }

  drafts(nest: FusedNest): readonly Draft[] {
    const drafts: Draft[] = []
    const sums = this.#form.products.map((product) => this.#sums(product, drafts))
    return [...drafts, ...this.#finish(nest, sums)]
  }

  /** Adds up a product; gives its sums by row of the thread, then by four columns or one. */
  #sums(product: Product, drafts: Draft[]): readonly (readonly Variable[])[] {
    const { depth, splits, threadRows, threadColumns } = this.#shape
    const { terms } = product
    const whole = Math.floor(terms.extent / depth)
    const few = threadRows * threadColumns <= mostSums
    const perSum = few ? Math.max(1, Math.floor((longestSum * splits) / depth)) : Math.max(1, whole)
    const [long, left] = [Math.floor(whole / perSum), whole % perSum]
    const partial = terms.extent % depth > 0
    const single = long * 1 + (left > 0 || partial ? 1 : 0) <= 1 && long <= 1
    const sums = this.#accumulators(product, drafts)

    const blocks = (into: Draft[], sum: typeof sums, first: Expr, count: number) => {
      const block = this.#s.loop('block', count)
      const at = this.#s.add(first, count > 1 ? block : this.#s.index(0))
      const body = this.#block(product, sum, at, false)
      if (count > 1) into.push({ kind: 'for', loop: { index: block, to: count, step: 1 }, body })
      else into.push(...body)
    }
    /** Sums of their own, added to the others at the end. */
    const apart = (into: Draft[], fill: (sum: typeof sums) => void) => {
      if (single) {
        fill(sums)
        return
      }
      const own = this.#accumulators(product, into)
      fill(own)
      for (const [i, row] of sums.entries())
        for (const [j, variable] of row.entries()) into.push({ kind: 'fold', variable, op: 'add', args: [own[i]![j]!] })
    }
    if (long > 1) {
      const outer = this.#s.loop('part', long)
      const body: Draft[] = []
      apart(body, (sum) => blocks(body, sum, this.#s.mul(outer, this.#s.index(perSum)), perSum))
      drafts.push({ kind: 'for', loop: { index: outer, to: long, step: 1 }, body })
    } else if (long === 1) apart(drafts, (sum) => blocks(drafts, sum, this.#s.index(0), perSum))
    if (left > 0 || partial)
      apart(drafts, (sum) => {
        if (left > 0) blocks(drafts, sum, this.#s.index(long * perSum), left)
        if (partial) drafts.push(...this.#block(product, sum, this.#s.index(whole), true))
      })
    if (splits > 1) {
      const stride = this.#threadsAcross * this.#threadsDown
      drafts.push({ kind: 'combine', op: 'add', variables: sums.flat(), stride, width: splits })
    }
    return sums
  }

  #accumulators({ reduce }: Product, drafts: Draft[]): readonly (readonly Variable[])[] {
    const { threadRows, threadColumns } = this.#shape
    const s = this.#s
    const origin = s.origins.get(reduce)
    const lanes = this.#dots ? 1 : 4
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

  /** Block number `at` of the terms: brought to shared memory, multiplied, and added to the sums. `partial`: what is beyond the terms counts as 0. */
  #block(product: Product, sums: readonly (readonly Variable[])[], at: Expr, partial: boolean): readonly Draft[] {
    const s = this.#s
    const { terms } = product
    const { rows, columns, depth, splits } = this.#shape
    const fours = depth / 4
    const alongTerms = isAlong(s, product.left, terms, this.#form.rows)
    const begin = s.mul(at, s.index(depth))
    const bound = partial ? terms.extent : undefined

    const bring = (shared: number, factor: Expr, lines: Axis, size: number, first: Expr, along: boolean) =>
      this.#bring(shared, size, depth, along, (line, term) =>
        along
          ? this.#four(this.#at(factor, lines, s.add(first, line)), terms, this.#quarter(begin, term), bound)
          : this.#masked(
              this.#four(this.#at(factor, terms, s.add(begin, term)), lines, this.#quarter(first, line)),
              s.add(begin, term),
              bound,
            ),
      )
    const left = bring(ofLeft, product.left, this.#form.rows, rows, this.#top, alongTerms)
    const right = bring(ofRight, product.right, this.#form.columns, columns, this.#left, this.#dots)
    const token = s.variable('ready', 'i32')
    const turns = fours / splits
    const turn = s.loop('q', turns)
    const q = s.add(turns > 1 ? turn : s.index(0), splits > 1 ? s.mul(this.#split, s.index(turns)) : s.index(0))
    const products = this.#multiply(sums, q, token, alongTerms)
    return [
      { kind: 'puts', puts: left.puts, ...(left.where && { where: left.where }) },
      { kind: 'puts', puts: right.puts, ...(right.where && { where: right.where }) },
      { kind: 'barrier', token },
      ...(turns > 1 ? [{ kind: 'for', loop: { index: turn, to: turns, step: 1 }, body: products } as const] : products),
      { kind: 'barrier', token: s.variable('done', 'i32') },
    ]
  }

  /**
   * Each thread brings every 256th vector of a block: of `lines` rows or columns by `depth` terms. `value` gives the vector at a line and a term, whichever of them it runs along counted in
   * fours.
   */
  #bring(
    shared: number,
    lines: number,
    depth: number,
    alongTerms: boolean,
    value: (line: Expr, term: Expr) => Expr,
  ): { readonly puts: readonly Put[]; readonly where?: Expr } {
    const s = this.#s
    const vectors = (lines * depth) / 4
    const run = alongTerms ? depth / 4 : lines / 4
    const stride = run + (shared === ofRight && alongTerms ? 1 : 0)
    const puts = Array.from({ length: Math.ceil(vectors / threads) }, (_, i): Put => {
      const number = s.add(this.thread, s.index(i * threads))
      const vector = vectors % threads === 0 ? number : s.rem(number, s.index(vectors))
      const [along, across] = [s.rem(vector, s.index(run)), s.div(vector, s.index(run))]
      const index = s.add(s.mul(across, s.index(stride)), along)
      return { shared, index, value: alongTerms ? value(across, along) : value(along, across) }
    })
    return vectors % threads === 0 ? { puts } : { puts, where: s.less(this.thread, s.index(vectors % threads)) }
  }

  /** Number of a vector of four from where it begins, which is a multiple of 4. */
  #quarter(begin: Expr, four: Expr): Expr {
    const s = this.#s
    return s.add(s.div(begin, s.index(4)), four)
  }

  /** An expression at one position of an axis. */
  #at(expr: Expr, { indices, extent }: Axis, position: Expr): Expr {
    return this.#s.substitute(expr, placed(this.#s, indices, clamped(this.#s, position, extent)))
  }

  /** An expression at four positions of an axis from 4 * four; beyond `bound` it is 0. */
  #four(expr: Expr, axis: Axis, four: Expr, bound?: number): Expr {
    return fourOf(this.#s, expr, axis.indices, four, bound)
  }

  #masked(value: Expr, term: Expr, bound: number | undefined): Expr {
    const s = this.#s
    if (bound === undefined) return value
    return s.select(splat(s, s.less(term, s.index(bound))), value, splat(s, s.constant(0, 'f32')))
  }

  /** The products of four terms, number q of the block. */
  #multiply(sums: readonly (readonly Variable[])[], q: Expr, after: Variable, alongTerms: boolean): readonly Draft[] {
    const s = this.#s
    const [leftShared, rightShared] = this.shared as [Shared, Shared]
    const fours = this.#shape.depth / 4
    const fetchLeft = (index: Expr) => s.fetch(ofLeft, leftShared, index, after)
    const fetchRight = (index: Expr) => s.fetch(ofRight, rightShared, index, after)
    const term = (c: number) => s.add(s.mul(q, s.index(4)), s.index(c))
    const lane = (vector: Expr, c: number) => s.apply('extract', [vector, s.index(c)])
    /** Term c of the four of the thread's row i. */
    const leftAt = (i: number, c: number): Expr =>
      alongTerms
        ? lane(fetchLeft(s.add(s.mul(this.#row(i), s.index(fours)), q)), c)
        : lane(
            fetchLeft(s.add(s.mul(term(c), s.index(this.#shape.rows / 4)), this.#fourRows(Math.floor(i / 4)))),
            i % 4,
          )
    if (this.#dots)
      return sums.flatMap((row, i) =>
        row.map((variable, j): Draft => {
          const a = fetchLeft(s.add(s.mul(this.#row(i), s.index(fours)), q))
          const b = fetchRight(s.add(s.mul(this.#column(j), s.index(fours + 1)), q))
          return { kind: 'fold', variable, op: 'add', args: [s.apply('dot', [a, b])] }
        }),
      )
    return [0, 1, 2, 3].flatMap((c) =>
      sums.flatMap((row, i) =>
        row.map((variable, v): Draft => {
          const b = fetchRight(s.add(s.mul(term(c), s.index(this.#shape.columns / 4)), this.#fourColumns(v)))
          return { kind: 'fold', variable, op: 'fma', args: [splat(s, leftAt(i, c)), b] }
        }),
      ),
    )
  }

  /** Row i of the thread, in the tile: four neighbours, then four further down. */
  #row(i: number): Expr {
    const s = this.#s
    return s.add(s.mul(this.#fourRows(Math.floor(i / 4)), s.index(4)), s.index(i % 4))
  }

  #fourRows(u: number): Expr {
    return this.#s.add(this.#down, this.#s.index(u * this.#threadsDown))
  }

  #fourColumns(v: number): Expr {
    return this.#s.add(this.#across, this.#s.index(v * this.#threadsAcross))
  }

  /** Column j of the thread where its sums are single ones: neighbours belong to neighbouring threads. */
  #column(j: number): Expr {
    return this.#s.add(this.#across, this.#s.index(j * this.#threadsAcross))
  }

  /** What follows the sums, and the stores. */
  #finish(nest: FusedNest, sums: readonly (readonly (readonly Variable[])[])[]): readonly Draft[] {
    const s = this.#s
    const { rows, columns, products } = this.#form
    // In what follows, a sum is an element of a tensor of rows by columns that does not exist, until it is known whose it is.
    const at = (indices: readonly Variable[], step: number) =>
      indices.reduceRight(
        ({ sum, by }, index) => ({ sum: s.add(sum, s.mul(index, s.index(by))), by: by * index.extent! }),
        { sum: s.index(0) as Expr, by: step },
      ).sum
    const standIn = products.map((_, n) =>
      s.load(-1 - n, 'f32', s.add(at(rows.indices, columns.extent), at(columns.indices, 1))),
    )
    const replaced = new Map<Expr, Expr>(products.map(({ reduce }, n) => [reduce, standIn[n]!]))
    const stores = nest.stores.map((store) => ({ ...store, value: replaceIn(s, store.value, replaced) }))

    const last = columns.indices.at(-1)!
    const inFours = !this.#dots && last.extent! % 4 === 0
    const wide = inFours ? stores.filter(({ index }) => s.stride(index, last) === 1) : []
    const single = stores.filter((store) => !wide.includes(store))
    const own = this.#shape.splits > 1 ? s.apply('equal', [this.#split, s.index(0)]) : s.constant(1, 'bool')
    return Array.from({ length: this.#shape.threadRows }, (_, i) => i).flatMap((i) => {
      const row = s.add(this.#top, this.#row(i))
      const isRow = both(s, own, s.less(row, s.index(rows.extent)))
      const inRow = <E extends Expr>(expr: E) => this.#at(expr, rows, row)
      const heights = stores.length && sums[0]![i]!.length
      return Array.from({ length: heights }, (_, v) => v).flatMap((v): readonly Draft[] => {
        const drafts: Draft[] = []
        if (wide.length > 0) {
          const four = this.#quarter(this.#left, this.#fourColumns(v))
          const fours = columns.extent / 4
          const vector = (expr: Expr) => this.#four(inRow(expr), columns, clamped(s, four, fours))
          const known = new Map<Expr, Expr>(standIn.map((load, n) => [vector(load), sums[n]![i]![v]!]))
          const made = wide.map(({ tensor, index, value }): PointStore => {
            const first = this.#at(inRow(index), columns, s.mul(clamped(s, four, fours), s.index(4)))
            return { tensor, index: first, value: replaceIn(s, vector(value), known) }
          })
          drafts.push({ kind: 'stores', stores: made, where: both(s, isRow, s.less(four, s.index(fours))) })
        }
        for (const lane of single.length > 0 ? (this.#dots ? [0] : [0, 1, 2, 3]) : []) {
          const column = this.#dots
            ? s.add(this.#left, this.#column(v))
            : s.add(s.add(this.#left, s.mul(this.#fourColumns(v), s.index(4))), s.index(lane))
          const point = (expr: Expr) => this.#at(inRow(expr), columns, column)
          const sum = (n: number) =>
            this.#dots ? sums[n]![i]![v]! : s.apply('extract', [sums[n]![i]![v]!, s.index(lane)])
          const known = new Map<Expr, Expr>(standIn.map((load, n) => [point(load), sum(n)]))
          const made = single.map(
            ({ tensor, index, value }): PointStore => ({
              tensor,
              index: point(index),
              value: replaceIn(s, point(value), known),
            }),
          )
          drafts.push({ kind: 'stores', stores: made, where: both(s, isRow, s.less(column, s.index(columns.extent))) })
        }
        return drafts
      })
    })
  }
}

/** Whether a factor has its neighbours in memory along the first axis rather than the second. */
const isAlong = (s: Scalars, factor: Expr, first: Axis, second: Axis): boolean =>
  neighbours(s, [factor], first.indices.at(-1)) >= neighbours(s, [factor], second.indices.at(-1))
