import type { FusedNest } from '../fuse/fuse.ts'
import type { InnerProduct, PairForm, PairSum } from '../fuse/pair-form.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { ProductTile } from '../plan/tuned.ts'
import type { Draft, PointStore } from './emit.ts'
import { both, fourOf, fours, type GroupTile, storesInFours, threads } from './group.ts'
import type { Machine } from './machine.ts'
import { type PairTile, pairTileFor } from './pair-tiles.ts'
import { arrayOf, atPosition, ProductBlock, type Sums } from './product-block.ts'
import type { Axis } from './product-form.ts'
import { pointsOver } from './reductions.ts'
import { replaceIn } from './replace.ts'
import { standIn, tileStores } from './tile-stores.ts'
import { splat } from './widen.ts'

/**
 * A nest with sums over pairs: a workgroup takes some rows, and all terms a block at a time. Of a block it computes the
 * inner products by tiles, and of those what each pair adds to the sums, which goes to shared memory as the left factor
 * of the products with columns. Sums that depend on the greatest of a row do so with the greatest so far, and shrink
 * when it grows (Milakov and Gimelshein 2018; Dao et al. 2022, FlashAttention). `shape` is a tile to take whatever the
 * sizes.
 */
export function groupPairs(s: Scalars, nest: FusedNest, form: PairForm, machine: Machine, shape?: PairTile): GroupTile {
  const sizes = {
    columns: pointsOver(form.columns),
    inner: Math.max(...form.inner.map(({ over }) => pointsOver(over))),
  }
  const tile = new PairsTile(s, form, shape ?? pairTileFor(machine, sizes))
  return { grid: tile.grid, thread: tile.thread, shared: tile.shared, drafts: tile.drafts(nest) }
}

const [ofRows, ofTerms, ofPairs] = [0, 1, 2]

/** What the loop over blocks of terms adds to. */
interface Running {
  /** By four rows. */
  readonly greatest: readonly Variable[]
  readonly sums: readonly (readonly Variable[])[]
  readonly products: readonly Sums[]
}

/** Places of an axis that lie together. */
interface Span {
  readonly first: Expr
  readonly count: number
}

class PairsTile {
  readonly grid: readonly Loop[]
  readonly thread: Variable
  readonly shared: readonly Shared[]
  readonly #s: Scalars
  readonly #form: PairForm
  readonly #rows: Axis
  readonly #terms: Axis
  readonly #columns: Axis | undefined
  /**
   * Of the inner products, whose columns are a block's terms, and of the products. Both have the same rows in the same
   * threads.
   */
  readonly #inner: ProductBlock
  readonly #outer: ProductBlock
  readonly #top: Expr
  readonly #left: Expr
  /** In place of inner products and the greatest until it is known whose they are. */
  readonly #standIns: readonly Expr[]
  readonly #greatest: Expr
  readonly #byStandIns: Map<Expr, Expr>

  constructor(s: Scalars, form: PairForm, shape: PairTile) {
    this.#s = s
    this.#form = form
    const { rows, columns, across, terms, depth } = shape
    this.#rows = { indices: form.rows, extent: pointsOver(form.rows) }
    this.#terms = { indices: form.terms, extent: pointsOver(form.terms) }
    this.#columns = form.columns.length > 0 ? { indices: form.columns, extent: pointsOver(form.columns) } : undefined
    const down = s.loop('rows', Math.ceil(this.#rows.extent / rows))
    const along = s.loop('columns', this.#columns ? Math.ceil(this.#columns.extent / columns) : 1)
    const begin = (index: Variable, size: number) => (index.extent! > 1 ? s.mul(index, s.index(size)) : s.index(0))
    this.#top = begin(down, rows)
    this.#left = begin(along, columns)
    this.grid = [...form.batch, down, along].flatMap((index) =>
      index.extent! > 1 ? [{ index, extent: index.extent! }] : [],
    )
    this.thread = s.loop('thread', threads)

    const threadRows = (rows * across) / threads
    const inner: ProductTile = {
      rows,
      columns: terms,
      depth,
      threadRows,
      threadColumns: terms / across,
      splits: 1,
      ahead: false,
    }
    const outer: ProductTile = {
      rows,
      columns,
      depth: terms,
      threadRows,
      threadColumns: columns / across,
      splits: 1,
      ahead: false,
    }
    const [inside, outside] = [ProductBlock.planes(inner), ProductBlock.planes(outer)]
    const left = { number: ofRows, shared: arrayOf('left', [inside.left]) }
    const right = {
      number: ofTerms,
      shared: arrayOf('right', [inside.right, ...(this.#columns ? [outside.right] : [])]),
    }
    const pairs = { number: ofPairs, shared: arrayOf('pairs', [outside.left]) }
    this.shared = [left, right, ...(this.#columns ? [pairs] : [])].map(({ shared }) => shared)
    this.#inner = new ProductBlock(s, this.thread, inner, { dots: true, left, right })
    this.#outer = new ProductBlock(s, this.thread, outer, { dots: false, left: pairs, right })

    this.#standIns = form.inner.map((_, n) => standIn(s, n, this.#rows, this.#terms))
    this.#greatest = standIn(s, form.inner.length, this.#rows, undefined)
    this.#byStandIns = new Map(form.inner.map(({ product }, n) => [product, this.#standIns[n]!]))
    if (form.greatest) this.#byStandIns.set(form.greatest.reduce, this.#greatest)
  }

  drafts(nest: FusedNest): readonly Draft[] {
    const s = this.#s
    const { greatest, sums, products, needed } = this.#form
    const { columns: terms } = this.#inner.shape
    const drafts: Draft[] = []
    const fours = Array.from({ length: this.#inner.shape.threadRows / 4 }, (_, u) => u)
    const variables = ({ reduce }: PairSum, value: number) =>
      fours.map(() => {
        const origin = s.origins.get(reduce)
        const variable = s.variable(origin?.name ?? 'sum', 'f32', 4)
        drafts.push({ kind: 'var', variable, value: splat(s, s.constant(value, 'f32')), ...(origin && { origin }) })
        return variable
      })
    const running: Running = {
      greatest: greatest ? variables(greatest, needed.length > 0 ? leftOut(greatest.of) : lowest) : [],
      sums: sums.map((sum) => variables(sum, 0)),
      products: products.map(({ reduce }) => this.#outer.accumulators(s.origins.get(reduce), drafts)),
    }
    const whole = Math.floor(this.#terms.extent / terms)
    if (whole > 0) {
      const block = s.loop('block', whole)
      const body = this.#wanted(running, whole > 1 ? block : s.index(0), false)
      if (whole > 1) drafts.push({ kind: 'for', loop: { index: block, to: whole, step: 1 }, body })
      else drafts.push(...body)
    }
    if (this.#terms.extent % terms > 0) drafts.push(...this.#wanted(running, s.index(whole), true))
    const ofThreads = running.sums.flat()
    if (ofThreads.length > 0) drafts.push(this.#combine('add', ofThreads))
    return [...drafts, ...this.#finish(nest, running)]
  }

  /** Block number `at` of the terms, where it adds anything to the tile's rows. */
  #wanted(running: Running, at: Expr, partial: boolean): readonly Draft[] {
    const s = this.#s
    const body = this.#block(running, at, partial)
    const { rows, columns: terms } = this.#inner.shape
    const begin = s.mul(at, s.index(terms))
    const condition = this.#form.needed.reduce(
      (all, one) =>
        both(s, all, this.#somewhere(one, { first: this.#top, count: rows }, { first: begin, count: terms })),
      s.constant(1, 'bool'),
    )
    return condition.kind === 'constant' ? body : [{ kind: 'if', condition, body }]
  }

  /** What holds if an inequality does for some row and term of these: its sides where they are farthest apart. */
  #somewhere(condition: Expr, rows: Span, terms: Span): Expr {
    const s = this.#s
    const always = s.constant(1, 'bool')
    if (condition.kind !== 'apply' || (condition.op !== 'lessEqual' && condition.op !== 'less')) return always
    const [a, b] = condition.args as [Expr, Expr]
    const [row, term] = [this.#rows.indices, this.#terms.indices]
    if (a.dtype !== 'i32' || row.length > 1 || term.length > 1) return always
    let known = true
    const at = (side: Expr, extreme: 'least' | 'greatest') => {
      const places = [[row[0]!, rows] as const, [term[0]!, terms] as const].map(([index, { first, count }]) => {
        const stride = s.free(side).has(index) ? s.stride(side, index) : 0
        known &&= stride !== undefined
        return [
          index,
          (extreme === 'greatest') === (stride ?? 0) > 0 ? s.add(first, s.index(count - 1)) : first,
        ] as const
      })
      return s.substitute(side, new Map<Variable, Expr>(places))
    }
    const decided = s.apply(condition.op, [at(a, 'least'), at(b, 'greatest')])
    const varies = [...s.free(decided)].some((index) => index === this.thread)
    return known && !varies ? decided : always
  }

  /** Block number `at` of the terms; `partial`: it reaches beyond the last. */
  #block(running: Running, at: Expr, partial: boolean): readonly Draft[] {
    const s = this.#s
    const { inner, greatest, sums, products } = this.#form
    const { threadRows, threadColumns, columns: terms } = this.#inner.shape
    const begin = s.mul(at, s.index(terms))
    const drafts: Draft[] = []
    const dots = inner.map((product) => this.#innerProduct(product, begin, drafts))
    const fours = Array.from({ length: threadRows / 4 }, (_, u) => u)
    const places = Array.from({ length: threadColumns }, (_, j) => j)
    /** An expression at four of the thread's rows and one of its terms; `beyond` the last term, that. */
    const pairs = (expr: Expr, u: number, j: number, beyond: number, ofRow: Expr | undefined): Expr => {
      const term = s.add(begin, this.#inner.column(j))
      const value = this.#pairs(expr, u, term, (n, i) => dots[n]![4 * u + i]![j]!, ofRow)
      if (!partial) return value
      const inside = s.less(term, s.index(this.#terms.extent))
      return s.select(splat(s, inside), value, splat(s, s.constant(beyond, 'f32')))
    }

    const now = fours.map((u): Expr | undefined => {
      if (!greatest) return undefined
      const of = places.map((j) => pairs(greatest.of, u, j, lowest, undefined))
      const variable = s.variable('greatest', 'f32', 4)
      drafts.push({ kind: 'var', variable, value: of.reduce((a, b) => s.apply('max', [a, b])) })
      return variable
    })
    if (greatest) {
      drafts.push(this.#combine('max', now as Variable[]))
      for (const u of fours) {
        const [variable, of] = [now[u] as Variable, running.greatest[u]!]
        // Kept apart from the running one, which changes.
        const before = s.variable('before', 'f32', 4)
        drafts.push({ kind: 'var', variable: before, value: of })
        drafts.push({ kind: 'fold', variable, op: 'max', args: [before] })
        drafts.push({ kind: 'fold', variable: of, op: 'max', args: [variable] })
        const shrink = s.variable('shrink', 'f32', 4)
        drafts.push({ kind: 'var', variable: shrink, value: s.apply('exp', [s.sub(before, variable)]) })
        for (const sum of running.sums) drafts.push({ kind: 'fold', variable: sum[u]!, op: 'mul', args: [shrink] })
        for (const rows of running.products)
          for (const [i, row] of rows.slice(4 * u, 4 * u + 4).entries())
            for (const sum of row) {
              const own = splat(s, s.apply('extract', [shrink, s.index(i)]))
              drafts.push({ kind: 'fold', variable: sum, op: 'mul', args: [own] })
            }
      }
    }
    for (const [n, { of }] of sums.entries())
      for (const u of fours) {
        const added = places.map((j) => pairs(of, u, j, 0, now[u])).reduce((a, b) => s.add(a, b))
        drafts.push({ kind: 'fold', variable: running.sums[n]![u]!, op: 'add', args: [added] })
      }
    for (const [n, { of, right }] of products.entries()) {
      const puts = fours.flatMap((u) =>
        places.map((j) => {
          const index = this.#outer.leftAcross(this.#inner.column(j), this.#inner.fourRows(u))
          return { shared: ofPairs, index, value: pairs(of, u, j, 0, now[u]) }
        }),
      )
      const own = this.#outer.accumulators(s.origins.get(products[n]!.reduce), drafts)
      const bound = partial ? this.#terms.extent : undefined
      const token = s.variable('ready', 'i32')
      const turn = s.loop('q', terms / 4)
      const body = this.#outer.multiply(own, turn, token, false)
      drafts.push(
        { kind: 'puts', puts },
        this.#outer.bringRight(right, this.#columns!, this.#left, this.#terms, begin, bound),
        { kind: 'barrier', token },
        { kind: 'for', loop: { index: turn, to: terms / 4, step: 1 }, body },
        { kind: 'barrier', token: s.variable('done', 'i32') },
      )
      for (const [i, row] of own.entries())
        for (const [v, sum] of row.entries())
          drafts.push({ kind: 'fold', variable: running.products[n]![i]![v]!, op: 'add', args: [sum] })
    }
    return drafts
  }

  /** The inner products of the thread's rows and its terms of a block. */
  #innerProduct({ product, left, right, over }: InnerProduct, begin: Expr, drafts: Draft[]): Sums {
    const s = this.#s
    const { depth } = this.#inner.shape
    const axis: Axis = { indices: over, extent: pointsOver(over) }
    const sums = this.#inner.accumulators(s.origins.get(product), drafts)
    const chunk = (into: Draft[], at: Expr, bound?: number) => {
      const first = s.mul(at, s.index(depth))
      const token = s.variable('ready', 'i32')
      const turn = s.loop('q', depth / 4)
      into.push(
        this.#inner.bringLeft(left, this.#rows, this.#top, axis, first, true, bound),
        this.#inner.bringRight(right, this.#terms, begin, axis, first, bound),
        { kind: 'barrier', token },
        {
          kind: 'for',
          loop: { index: turn, to: depth / 4, step: 1 },
          body: this.#inner.multiply(sums, turn, token, true),
        },
        { kind: 'barrier', token: s.variable('done', 'i32') },
      )
    }
    const whole = Math.floor(axis.extent / depth)
    if (whole > 1) {
      const index = s.loop('part', whole)
      const body: Draft[] = []
      chunk(body, index)
      drafts.push({ kind: 'for', loop: { index, to: whole, step: 1 }, body })
    } else if (whole === 1) chunk(drafts, s.index(0))
    if (axis.extent % depth > 0) chunk(drafts, s.index(whole), axis.extent)
    return sums
  }

  /**
   * An expression at the thread's four rows number u and a term: `dot` gives inner product n of the i-th of them,
   * `ofRow` is the greatest of each.
   */
  #pairs(expr: Expr, u: number, term: Expr, dot: (n: number, i: number) => Expr, ofRow: Expr | undefined): Expr {
    const s = this.#s
    const atTerm = (of: Expr) => atPosition(s, of, this.#terms, term)
    const of = atTerm(replaceIn(s, expr, this.#byStandIns))
    const four = s.add(s.div(this.#top, s.index(4)), this.#inner.fourRows(u))
    const rows = [0, 1, 2, 3]
    if (this.#rows.indices.at(-1)!.extent! % 4 === 0) {
      const vector = (part: Expr) => fourOf(s, part, this.#rows.indices, four)
      const known = new Map<Expr, Expr>(
        this.#standIns.map((load, n) => [
          vector(atTerm(load)),
          s.apply(
            'pack',
            rows.map((i) => dot(n, i)),
          ),
        ]),
      )
      if (ofRow) known.set(vector(this.#greatest), ofRow)
      return splat(s, replaceIn(s, vector(of), known))
    }
    const lanes = rows.map((i) => {
      const row = s.add(s.mul(four, s.index(4)), s.index(i))
      const point = (part: Expr) => atPosition(s, part, this.#rows, row)
      const known = new Map<Expr, Expr>(this.#standIns.map((load, n) => [point(atTerm(load)), dot(n, i)]))
      if (ofRow) known.set(point(this.#greatest), s.apply('extract', [ofRow, s.index(i)]))
      return replaceIn(s, point(of), known)
    })
    return s.apply('pack', lanes)
  }

  #combine(op: 'add' | 'max', variables: readonly Variable[]): Draft {
    return { kind: 'combine', op, variables, stride: 1, width: this.#inner.threadsAcross }
  }

  /** What follows the sums, and the stores: those of one element a row by one thread. */
  #finish(nest: FusedNest, running: Running): readonly Draft[] {
    const s = this.#s
    const { greatest, sums, products, columns } = this.#form
    const inFours = (of: Expr, fours: readonly Variable[]): OfRows => ({
      of,
      fours,
      at: (i) => s.apply('extract', [fours[Math.floor(i / 4)]!, s.index(i % 4)]),
    })
    const ofRows = [
      ...(greatest ? [inFours(greatest.reduce, running.greatest)] : []),
      ...sums.map(({ reduce }, n) => inFours(reduce, running.sums[n]!)),
    ]
    const isWide = ({ index }: PointStore) => columns.some((axis) => s.free(index).has(axis))
    const wide = nest.stores.filter(isWide)
    const drafts: Draft[] = []
    const single = nest.stores.filter((store) => !isWide(store))
    if (single.length > 0) drafts.push(...this.#storedByRow(single, ofRows))
    if (!this.#columns || wide.length === 0) return drafts
    const computed = {
      rows: this.#rows,
      columns: this.#columns,
      top: this.#top,
      left: this.#left,
      sums: products.map(({ reduce }, n) => ({ of: reduce, sums: running.products[n]! })),
      ofRows,
    }
    return [...drafts, ...tileStores(s, this.#outer, computed, wide)]
  }

  /** Stores of one element a row: four at once where they lie together. */
  #storedByRow(stores: readonly PointStore[], ofRows: readonly OfRows[]): readonly Draft[] {
    const s = this.#s
    const { indices, extent } = this.#rows
    const inFours = storesInFours(s, indices.at(-1), stores)
    const together = inFours ? 4 : 1
    const standIns = ofRows.map((_, n) => standIn(s, n, this.#rows, undefined))
    const replaced = new Map<Expr, Expr>(ofRows.map(({ of }, n) => [of, standIns[n]!]))
    const isFirst = s.apply('equal', [s.add(this.#inner.across, this.#left), s.index(0)])
    return Array.from({ length: this.#inner.shape.threadRows / together }, (_, k): Draft => {
      const row = s.add(this.#top, this.#inner.row(k * together))
      const inRow = (expr: Expr) => atPosition(s, expr, this.#rows, row)
      const valueAt = inFours ? fours(s, indices, s.div(row, s.index(4))) : inRow
      const known = new Map<Expr, Expr>(
        ofRows.map((of, n) => [valueAt(standIns[n]!), inFours ? of.fours[k]! : of.at(k)]),
      )
      const made = stores.map(({ tensor, index, value }) => ({
        tensor,
        index: inRow(index),
        value: replaceIn(s, valueAt(replaceIn(s, value, replaced)), known),
      }))
      return { kind: 'stores', stores: made, where: both(s, isFirst, s.less(row, s.index(extent))) }
    })
  }
}

/** A value of each row, in this thread's rows. */
interface OfRows {
  readonly of: Expr
  readonly fours: readonly Variable[]
  readonly at: (row: number) => Expr
}

/** Less than any score, and exp of its difference to one is 0. */
const lowest = -3e38
/** What stands for scores that are left out, where blocks are not computed that have no others. */
const leftOut = (scores: Expr): number => {
  const other = scores.kind === 'apply' && scores.op === 'select' ? scores.args[2] : undefined
  return other?.kind === 'constant' ? other.value : lowest
}
