import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { ProductTile } from '../plan/tuned.ts'
import type { Draft, Puts } from './emit.ts'
import { type GroupTile, neighbours, threads } from './group.ts'
import type { Machine } from './machine.ts'
import { arrayOf, ProductBlock, type Sums } from './product-block.ts'
import { type Axis, type Product, type ProductForm, productForm } from './product-form.ts'
import { productKey, tileFor } from './product-tiles.ts'
import { pointsOver } from './reductions.ts'
import { tileStores } from './tile-stores.ts'

/** Sizes below which products are better done by rows or one by one. */
const least = { terms: 8, rows: 8, columns: 8 }
/** A thread adds up so many products before it adds them to what it had, as long as it has registers for both. */
const longestSum = 1024
const mostSums = 16
/** Of fewer blocks, reading the last one twice is too much of the work. */
const fewestAhead = 4

/**
 * A nest with sums of products, by tiles: a workgroup brings blocks of both factors to its shared memory, whatever it
 * takes to compute them; each thread multiplies its part of them; what follows the sums is done with the sums at hand.
 * Undefined for nests of another form, and small ones. `shape` is a tile to take whatever the sizes.
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
  const sizes = { rows: rows.extent, columns: columns.extent, terms, batch: pointsOver(batch) }
  const tile = new Tile(s, form, shape ?? tileFor(machine, sizes))
  const { grid, thread, shared } = tile
  return { grid, thread, shared, drafts: tile.drafts(nest), ...(!shape && { product: productKey(sizes) }) }
}

class Tile {
  readonly grid: readonly Loop[]
  readonly thread: Variable
  readonly shared: readonly Shared[]
  readonly #s: Scalars
  readonly #form: ProductForm
  readonly #block: ProductBlock
  /** Of each product, whether its left factor is brought along terms. */
  readonly #along: ReadonlyMap<Product, boolean>
  /** The first row and column of the tile. */
  readonly #top: Expr
  readonly #left: Expr

  constructor(s: Scalars, form: ProductForm, shape: ProductTile) {
    this.#s = s
    this.#form = form
    this.#along = new Map(form.products.map((of) => [of, isAlong(s, of.left, of.terms, form.rows)]))
    const dots = form.products.every(
      (of) => this.#along.get(of)! && !isAlong(s, of.right, form.columns, of.terms) && of.terms.extent >= 4,
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
    const planes = ProductBlock.planes(shape)
    const [left, right] = [arrayOf('left', [planes.left]), arrayOf('right', [planes.right])]
    this.shared = [left, right]
    const arrays = { left: { number: 0, shared: left }, right: { number: 1, shared: right } }
    this.#block = new ProductBlock(s, this.thread, shape, { dots, ...arrays })
  }

  drafts(nest: FusedNest): readonly Draft[] {
    const drafts: Draft[] = []
    const { rows, columns, products } = this.#form
    const sums = products.map((product) => ({ of: product.reduce, sums: this.#sums(product, drafts) }))
    const computed = { rows, columns, top: this.#top, left: this.#left, sums, ofRows: [] }
    return [...drafts, ...tileStores(this.#s, this.#block, computed, nest.stores)]
  }

  /** Adds up a product; gives its sums by row of the thread, then by four columns or one. */
  #sums(product: Product, drafts: Draft[]): Sums {
    const { depth, splits, threadRows, threadColumns } = this.#block.shape
    const { terms, reduce } = product
    const origin = this.#s.origins.get(reduce)
    const whole = Math.floor(terms.extent / depth)
    const few = threadRows * threadColumns <= mostSums
    const perSum = few ? Math.max(1, Math.floor((longestSum * splits) / depth)) : Math.max(1, whole)
    const [long, left] = [Math.floor(whole / perSum), whole % perSum]
    const partial = terms.extent % depth > 0
    const single = long * 1 + (left > 0 || partial ? 1 : 0) <= 1 && long <= 1
    const sums = this.#block.accumulators(origin, drafts)

    const blocks = (into: Draft[], sum: Sums, first: Expr, count: number) => {
      if (count === 1) {
        into.push(...this.#terms(product, sum, this.#brought(product, first)))
        return
      }
      const block = this.#s.loop('block', count)
      const loop = { index: block, to: count, step: 1 }
      if (!this.#block.shape.ahead || count < fewestAhead) {
        const body = this.#terms(product, sum, this.#brought(product, this.#s.add(first, block)))
        into.push({ kind: 'for', loop, body })
        return
      }
      // The last block is read once more, so that the loop is of one kind.
      const last = this.#s.index(count - 1)
      const next = this.#s.apply('min', [this.#s.add(block, this.#s.index(1)), last])
      const held = this.#brought(product, first).map((puts) => this.#held(puts, into))
      const read = this.#brought(product, this.#s.add(first, next)).flatMap(({ puts }, i) =>
        puts.map(({ value }, j): Draft => ({ kind: 'set', variable: held[i]!.variables[j]!, value })),
      )
      into.push({ kind: 'for', loop, body: this.#terms(product, sum, held, read) })
    }
    /** Sums of their own, added to the others at the end. */
    const apart = (into: Draft[], fill: (sum: Sums) => void) => {
      if (single) {
        fill(sums)
        return
      }
      const own = this.#block.accumulators(origin, into)
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
        if (partial) drafts.push(...this.#terms(product, sum, this.#brought(product, this.#s.index(whole), true)))
      })
    if (splits > 1) {
      const stride = this.#block.threadsAcross * this.#block.threadsDown
      drafts.push({ kind: 'combine', op: 'add', variables: sums.flat(), stride, width: splits })
    }
    return sums
  }

  /** Brings block number `at` of the terms to shared memory. `partial`: what is beyond the terms counts as 0. */
  #brought(product: Product, at: Expr, partial = false): readonly Puts[] {
    const { terms, left, right } = product
    const { rows, columns } = this.#form
    const begin = this.#s.mul(at, this.#s.index(this.#block.shape.depth))
    const bound = partial ? terms.extent : undefined
    return [
      this.#block.bringLeft(left, rows, this.#top, terms, begin, this.#along.get(product)!, bound),
      this.#block.bringRight(right, columns, this.#left, terms, begin, bound),
    ]
  }

  /** The values that are put are held in variables before. */
  #held(puts: Puts, into: Draft[]): Puts & { readonly variables: readonly Variable[] } {
    const variables = puts.puts.map(({ value }) => {
      const variable = this.#s.variable('next', value.dtype, value.lanes)
      into.push({ kind: 'var', variable, value })
      return variable
    })
    return { ...puts, puts: puts.puts.map((put, i) => ({ ...put, value: variables[i]! })), variables }
  }

  /** A block that is brought to shared memory, multiplied, and added to the sums, `meanwhile` doing something else. */
  #terms(product: Product, sums: Sums, brought: readonly Puts[], meanwhile: readonly Draft[] = []): readonly Draft[] {
    const s = this.#s
    const { depth, splits } = this.#block.shape
    const token = s.variable('ready', 'i32')
    const turns = depth / 4 / splits
    const turn = s.loop('q', turns)
    const own = splits > 1 ? s.mul(this.#block.split, s.index(turns)) : s.index(0)
    const q = s.add(turns > 1 ? turn : s.index(0), own)
    const products = this.#block.multiply(sums, q, token, this.#along.get(product)!)
    return [
      ...brought,
      { kind: 'barrier', token },
      ...meanwhile,
      ...(turns > 1 ? [{ kind: 'for', loop: { index: turn, to: turns, step: 1 }, body: products } as const] : products),
      { kind: 'barrier', token: s.variable('done', 'i32') },
    ]
  }
}

/** Whether a factor has its neighbours in memory along the first axis rather than the second. */
const isAlong = (s: Scalars, factor: Expr, first: Axis, second: Axis): boolean =>
  neighbours(s, [factor], first.indices.at(-1)) >= neighbours(s, [factor], second.indices.at(-1))
