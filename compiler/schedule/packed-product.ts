import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft } from './emit.ts'
import { fourOf, type GroupTile, neighbours } from './group.ts'
import { atPosition, type Sums } from './product-block.ts'
import { type Axis, type Product, type ProductForm, productForm } from './product-form.ts'
import { pointsOver } from './reductions.ts'
import { type ThreadTile, tileStores } from './tile-stores.ts'
import { splat } from './widen.ts'

/** What is added up in registers has eight columns, in two vectors. */
const panelColumns = 8
const vectors = panelColumns / 4

/** Rows of panels that are packed together. */
interface Band {
  readonly panels: number
  readonly panelRows: number
  readonly rows: number
}
const bandOf = (panels: number, panelRows: number): Band => ({ panels, panelRows, rows: panels * panelRows })
/** With four rows the sums, what they are made of, and a product on its way fill the 16 vector registers of x86. */
const fourRows = bandOf(1, 4)
/**
 * Where a multiply-add is one instruction it takes four cycles or so, and two begin in each: eight sums are too few to keep it busy. Twelve, with a factor of the left and two vectors of the right, fill the registers. Two panels
 * are packed together, since their rows are three vectors.
 */
const sixRows = bandOf(2, 6)
/** How much more may be computed in panels of six rows, beyond the last row: less than they are faster by. */
const beyond = 1.04
/** A block of the result that a point of the grid computes, at most: its factors, for a block of the terms, stay in the cache of a core. */
const largest = { rows: 128, columns: 256, terms: 512 }
const fewestTerms = 160
/** With fewer terms it would show in the time of a product that its sums go through memory. */
const leastAside = 64
/** The size of a block, one way or the other, where there would be too few blocks to share among cores. */
const smallRows = 64
const smallColumns = 128
const fewBlocks = 8
const lineBytes = 64
/** Smaller products are computed where they lie. */
const least = { terms: 16, rows: 16, columns: 8, products: 32_768 }
/** With several indices as one, each vector takes divisions: worth it where it is used this often. */
const leastUses = 32

/**
 * A nest with sums of products, as matrix products are computed on a CPU (Goto and van de Geijn 2008): a point of the grid is a block of the result; for one block of terms after the other, both factors,
 * whatever it takes to compute them, are packed in the order in which they are then read, in panels of a few rows and columns; and the panels are multiplied, a tile of the block in registers at a time. What follows the
 * sums is done with the sums at hand. Undefined for nests of another form, and small ones.
 */
export function packedProduct(s: Scalars, nest: FusedNest, multiplyAdds: boolean): GroupTile | undefined {
  const form = productForm(s, nest)
  if (!form || form.batch.some(({ extent }) => extent === 0) || !isLarge(form)) return undefined
  const block = new Block(s, form, multiplyAdds)
  return { grid: block.grid, thread: s.loop('thread', 1), shared: block.shared, drafts: block.drafts(nest) }
}

function isLarge({ rows, columns, products }: ProductForm): boolean {
  const terms = Math.min(...products.map((product) => product.terms.extent))
  if (terms < least.terms || rows.extent < least.rows || columns.extent < least.columns) return false
  if (rows.extent * columns.extent * terms < least.products) return false
  const several = (axis: Axis) => axis.indices.length > 1
  const anySeveral = several(rows) || several(columns) || products.some(({ terms }) => several(terms))
  return !anySeveral || (rows.extent >= leastUses && columns.extent >= leastUses)
}

type Puts = Extract<Draft, { readonly kind: 'puts' }>

class Block {
  readonly grid: readonly Loop[]
  readonly shared: readonly Shared[]
  readonly #s: Scalars
  readonly #form: ProductForm
  readonly #band: Band
  /** The size of a block, in bands and in panels of columns, and the number of the first of each. */
  readonly #bands: number
  readonly #columns: number
  readonly #firstBand: Expr
  readonly #firstColumns: Expr
  /** The most terms of a block. */
  readonly #depth: number
  /** Whether sums are kept in memory from one block of terms to the next, or from one product to the next. */
  readonly #keeps: boolean
  /** Else whether those of a tile are put into memory before what follows them is computed. */
  readonly #setsAside: boolean
  /** Which of what is shared is for the sums of a tile. */
  readonly #aside: number

  constructor(s: Scalars, form: ProductForm, multiplyAdds: boolean) {
    const { rows, columns, batch, products } = form
    this.#s = s
    this.#form = form
    const inSixes = Math.ceil(rows.extent / sixRows.panelRows) * sixRows.panelRows
    const band = multiplyAdds && inSixes <= beyond * rows.extent ? sixRows : fourRows
    this.#band = band
    const blocks =
      pointsOver(batch) * Math.ceil(columns.extent / largest.columns) * Math.ceil(rows.extent / largest.rows)
    const { down, across } = shapeOf(rows.extent, columns.extent, band, blocks < fewBlocks)
    const [i, j] = [s.loop('rows', down.count), s.loop('columns', across.count)]
    this.grid = [...batch, i, j].flatMap((index) => (index.extent! > 1 ? [{ index, extent: index.extent! }] : []))
    this.#bands = down.pieces
    this.#columns = across.pieces
    this.#firstBand = this.#times(i, down.pieces)
    this.#firstColumns = this.#times(j, across.pieces)
    this.#depth = Math.max(...products.map(({ terms }) => depthOf(terms.extent)))
    this.#keeps = products.length > 1 || products.some(({ terms }) => terms.extent > depthOf(terms.extent))
    this.#setsAside = !this.#keeps && products[0]!.terms.extent >= leastAside
    const all = this.#bands * band.rows * this.#columns * vectors
    this.shared = [
      { name: 'left', dtype: 'f32', lanes: 1, size: this.#bands * leftBand(band, this.#depth) },
      { name: 'right', dtype: 'f32', lanes: 4, size: this.#columns * rightPanel(this.#depth) },
      ...(this.#keeps ? products : []).map((_, n) => sumsOf(n, all)),
      ...(this.#keeps || this.#setsAside ? [{ ...sumsOf(0, band.panelRows * vectors), name: 'tile' }] : []),
    ]
    this.#aside = this.shared.length - 1
  }

  drafts(nest: FusedNest): readonly Draft[] {
    const { products } = this.#form
    const drafts = products.flatMap((product, n) => this.#product(nest, product, n))
    if (!this.#keeps) return drafts
    const done = this.#s.variable('done', 'i32')
    return [
      ...drafts,
      { kind: 'barrier', token: done },
      ...this.#tiles((tile) => this.#storesOf(nest, tile, (n, at) => this.#kept(n, tile, at, done))),
    ]
  }

  /** All blocks of the terms of a product, the last of them shorter where they do not come out even. */
  #product(nest: FusedNest, product: Product, n: number): readonly Draft[] {
    const s = this.#s
    const depth = depthOf(product.terms.extent)
    const whole = Math.floor(product.terms.extent / depth)
    const left = product.terms.extent % depth
    const block = s.loop('block', whole)
    const blocks = whole > 1 ? block : s.index(0)
    const isFirst = s.apply('equal', [blocks, s.index(0)])
    const drafts = repeated(block, this.#terms(nest, product, n, s.mul(blocks, s.index(depth)), depth, isFirst))
    const rest = left > 0 ? this.#terms(nest, product, n, s.index(whole * depth), left, s.constant(0, 'bool')) : []
    return [...drafts, ...rest]
  }

  /** The products of `count` terms from `first` on. */
  #terms(nest: FusedNest, product: Product, n: number, first: Expr, count: number, isFirst: Expr): readonly Draft[] {
    const s = this.#s
    const ready = s.variable('ready', 'i32')
    return [
      ...this.#packLeft(product, first, count),
      ...this.#packRight(product, first, count),
      { kind: 'barrier', token: ready },
      ...this.#tiles((tile) => {
        const drafts: Draft[] = []
        const sums = this.#accumulators(n, drafts)
        drafts.push(...this.#multiply(sums, tile, count, ready))
        if (!this.#keeps && !this.#setsAside)
          return [...drafts, ...this.#stores(nest, wholeTile(s, this.#band, tile), [sums])]
        const aside = s.variable('aside', 'i32')
        const puts = sums.flat().map((value, at) => ({ shared: this.#aside, index: s.index(at), value }))
        drafts.push({ kind: 'puts', puts }, { kind: 'barrier', token: aside })
        const sumAt = (at: Expr) => s.fetch(this.#aside, this.shared[this.#aside]!, at, aside)
        if (this.#keeps) drafts.push(...this.#keep(n, tile, sumAt, isFirst, ready))
        else drafts.push(...this.#storesOf(nest, tile, (_, at) => sumAt(at)))
        return drafts
      }),
    ]
  }

  /** The rows of a band for a term together, then those for the next term. */
  #packLeft({ left, terms }: Product, first: Expr, count: number): readonly Draft[] {
    const bands = this.#s.loop('i', this.#bands)
    const [from, fours, stride] = [this.#firstBand, this.#band.rows / 4, leftBand(this.#band, count)]
    return this.#packed(left, this.#form.rows, terms, first, count, { shared: 0, pieces: bands, from, fours, stride })
  }

  /** Eight columns of a term together, as two vectors. */
  #packRight({ right, terms }: Product, first: Expr, count: number): readonly Draft[] {
    const panels = this.#s.loop('j', this.#columns)
    const [from, stride] = [this.#firstColumns, rightPanel(count)]
    const places = { shared: 1, pieces: panels, from, fours: vectors, stride }
    return this.#packed(right, this.#form.columns, terms, first, count, places)
  }

  /** Packs all pieces of a factor for `count` terms of a block, along whatever lies together in memory, so that no page is left before it has been read. */
  #packed(
    whole: Expr,
    lines: Axis,
    terms: Axis,
    first: Expr,
    count: number,
    { shared, pieces, from, fours, stride }: PiecePlaces,
  ): readonly Draft[] {
    const s = this.#s
    const k = s.loop('k', count)
    const unit = 4 / this.shared[shared]!.lanes
    const factor = atPosition(s, whole, terms, s.add(first, index(s, k)))
    const piece = s.add(from, index(s, pieces))
    const at = s.add(s.mul(index(s, pieces), s.index(stride)), s.mul(index(s, k), s.index(fours * unit)))
    const puts = Array.from({ length: fours }, (_, v) => {
      const four = s.add(s.mul(piece, s.index(fours)), s.index(v))
      return { shared, index: s.add(at, s.index(v * unit)), value: splat(s, fourOf(s, factor, lines.indices, four)) }
    })
    const draft: Puts = { kind: 'puts', puts }
    const along = (axis: Axis) => neighbours(s, [factor], axis.indices.at(-1))
    return along(lines) > along(terms) ? repeated(k, repeated(pieces, [draft])) : repeated(pieces, repeated(k, [draft]))
  }

  /** Statements for each tile of the block. In one loop over all panels of rows: V8 unrolls small loops, the more the deeper they lie in others, and then has too few registers for the innermost. */
  #tiles(body: (tile: TilePlace) => readonly Draft[]): readonly Draft[] {
    const s = this.#s
    const { panels, panelRows } = this.#band
    const [i, j] = [s.loop('i', this.#bands * panels), s.loop('j', this.#columns)]
    const panel = index(s, i)
    const band = s.div(panel, s.index(panels))
    const tile = body({ band, half: s.rem(panel, s.index(panels)), panel, column: index(s, j) })
    // The last block may have fewer.
    const number = s.add(s.mul(this.#firstBand, s.index(panels)), panel)
    const isThere = s.less(number, s.index(Math.ceil(this.#form.rows.extent / panelRows)))
    const always = isThere.kind === 'constant'
    return repeated(j, repeated(i, always ? tile : [{ kind: 'if', condition: isThere, body: tile }]))
  }

  #accumulators(n: number, drafts: Draft[]): Sums {
    const s = this.#s
    return Array.from({ length: this.#band.panelRows }, () =>
      Array.from({ length: vectors }, () => this.#accumulator(n, drafts, splat(s, s.constant(0, 'f32')))),
    )
  }

  #accumulator(n: number, drafts: Draft[], value: Expr): Variable {
    const origin = this.#s.origins.get(this.#form.products[n]!.reduce)
    const variable = this.#s.variable(origin?.name ?? 'sum', 'f32', 4)
    drafts.push({ kind: 'var', variable, value, ...(origin && { origin }) })
    return variable
  }

  #multiply(sums: Sums, { band, half, column }: TilePlace, count: number, ready: Variable): readonly Draft[] {
    const s = this.#s
    const [left, right] = [this.shared[0]!, this.shared[1]!]
    const term = (k: Expr): readonly Draft[] => {
      const ofRight = s.add(s.mul(column, s.index(rightPanel(count))), s.mul(k, s.index(vectors)))
      const ofBand = s.add(s.mul(band, s.index(leftBand(this.#band, count))), s.mul(k, s.index(this.#band.rows)))
      const ofLeft = s.add(ofBand, s.mul(half, s.index(this.#band.panelRows)))
      return sums.flatMap((row, r) =>
        row.map((variable, v): Draft => {
          const a = s.fetch(0, left, s.add(ofLeft, s.index(r)), ready)
          const b = s.fetch(1, right, s.add(ofRight, s.index(v)), ready)
          return { kind: 'fold', variable, op: 'fma', args: [splat(s, a), b] }
        }),
      )
    }
    const k = s.loop('k', count)
    // One term at a time: of several, V8 would first load all factors, and run out of registers.
    return repeated(k, term(index(s, k)))
  }

  /** Adds sums to those of the blocks of terms before, unless it is the first. */
  #keep(n: number, tile: TilePlace, sumAt: (at: Expr) => Expr, isFirst: Expr, ready: Variable): readonly Draft[] {
    const s = this.#s
    const at = s.loop('at', this.#band.panelRows * vectors)
    const all = s.apply('add', [this.#kept(n, tile, at, ready), sumAt(at)])
    const value = s.select(splat(s, isFirst), sumAt(at), all)
    return repeated(at, [{ kind: 'puts', puts: [{ shared: 2 + n, index: this.#place(tile, at), value }] }])
  }

  #kept = (n: number, tile: TilePlace, at: Expr, after: Variable): Expr =>
    this.#s.fetch(2 + n, this.shared[2 + n]!, this.#place(tile, at), after)

  /** Where vector `at` of a tile is kept. */
  #place({ panel, column }: TilePlace, at: Expr): Expr {
    const s = this.#s
    const { panels, panelRows } = this.#band
    const tile = s.add(s.mul(column, s.index(this.#bands * panels)), panel)
    return s.add(s.mul(tile, s.index(panelRows * vectors)), at)
  }

  /**
   * What follows the sums of a tile that are in memory, vector `at` of product n as `sumAt` tells: one vector after the other, so that what follows, of which there may be much, is compiled once and not for each
   * vector of a tile.
   */
  #storesOf(nest: FusedNest, { panel, column }: TilePlace, sumAt: (n: number, at: Expr) => Expr): readonly Draft[] {
    const s = this.#s
    const { panelRows } = this.#band
    const [r, v] = [s.loop('r', panelRows), s.loop('v', vectors)]
    const drafts: Draft[] = []
    const sums = this.#form.products.map((_, n): Sums => {
      const at = s.add(s.mul(r, s.index(vectors)), v)
      return [[this.#accumulator(n, drafts, sumAt(n, at))]]
    })
    const one: Tile = {
      shape: { threadRows: 1, threadColumns: 4, splits: 1 },
      row: () => s.add(s.mul(panel, s.index(panelRows)), r),
      fourColumns: () => s.add(s.mul(column, s.index(vectors)), v),
    }
    return repeated(r, repeated(v, [...drafts, ...this.#stores(nest, one, sums)]))
  }

  #stores(nest: FusedNest, tile: Tile, sums: readonly Sums[]): readonly Draft[] {
    const s = this.#s
    const { rows, columns, products } = this.#form
    const computed = {
      rows,
      columns,
      top: s.mul(this.#firstBand, s.index(this.#band.rows)),
      left: s.mul(this.#firstColumns, s.index(panelColumns)),
      sums: products.map(({ reduce }, n) => ({ of: reduce, sums: sums[n]! })),
      ofRows: [],
    }
    const column = (): never => {
      throw new Error('sums are vectors of columns')
    }
    return tileStores(s, { ...tile, dots: false, split: s.index(0), column }, computed, nest.stores)
  }

  #times = (block: Variable, pieces: number): Expr => this.#s.mul(index(this.#s, block), this.#s.index(pieces))
}

/** Where the panels of so many terms begin, one after the other: a line of the cache further, since what lies a power of two apart has the same few places in it, and a term is written to all panels. */
const leftBand = ({ rows }: Band, terms: number): number => terms * rows + lineBytes / 4
const rightPanel = (terms: number): number => terms * vectors + lineBytes / 16

const sumsOf = (n: number, size: number): Shared => ({ name: `sums_${n}`, dtype: 'f32', lanes: 4, size })

/** Where the pieces of a factor are packed that are read together. */
interface PiecePlaces {
  /** Which array. */
  readonly shared: number
  /** Over all of them in a block. */
  readonly pieces: Variable
  /** The number of the first. */
  readonly from: Expr
  /** Vectors of a piece for one term. */
  readonly fours: number
  /** From one to the next, in elements of the array. */
  readonly stride: number
}

/** Which tile of a block it is: of which band and which panel of it, which is which panel of all, and of which panel of columns. */
interface TilePlace {
  readonly band: Expr
  readonly half: Expr
  readonly panel: Expr
  readonly column: Expr
}

/** Which elements of a tile are stored together. */
type Tile = Pick<ThreadTile, 'shape' | 'row' | 'fourColumns'>

const wholeTile = (s: Scalars, { panelRows }: Band, { panel, column }: TilePlace): Tile => ({
  shape: { threadRows: panelRows, threadColumns: panelColumns, splits: 1 },
  row: (r) => s.add(s.mul(panel, s.index(panelRows)), s.index(r)),
  fourColumns: (v) => s.add(s.mul(column, s.index(vectors)), s.index(v)),
})

const index = (s: Scalars, loop: Variable): Expr => (loop.extent! > 1 ? loop : s.index(0))

const repeated = (loop: Variable, body: readonly Draft[]): readonly Draft[] =>
  loop.extent! > 1
    ? [{ kind: 'for', loop: { index: loop, to: loop.extent!, step: 1 }, body }]
    : loop.extent === 1
      ? body
      : []

interface Blocks {
  readonly count: number
  readonly pieces: number
}

/** An extent in as few blocks as a largest size allows, all of equally many pieces. */
function evenly(extent: number, most: number, size: number): Blocks {
  const count = Math.ceil(extent / most)
  return { count, pieces: Math.ceil(extent / count / size) }
}

/** In which blocks a result is computed. Where there are few they are smaller, so that there is one for each core: of bands of many rows narrower, since smaller ones would come out less even. */
function shapeOf(
  rows: number,
  columns: number,
  band: Band,
  few: boolean,
): { readonly down: Blocks; readonly across: Blocks } {
  const narrow = few && band.panels > 1 && columns > smallColumns
  return {
    down: evenly(rows, few && !narrow ? smallRows : largest.rows, band.rows),
    across: evenly(columns, narrow ? smallColumns : largest.columns, panelColumns),
  }
}

/** How many terms a block has: all of them, or a part of them that divides their number, where there is one. */
function depthOf(terms: number): number {
  if (terms <= largest.terms) return terms
  for (let depth = largest.terms; depth >= fewestTerms; depth -= 4) if (terms % depth === 0) return depth
  return 256
}
