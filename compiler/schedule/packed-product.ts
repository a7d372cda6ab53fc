import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { type Band, bandFor, depthOf, inPlaceBlocks, packedBlocks, panelColumns, vectors } from './cpu-blocks.ts'
import type { Draft } from './emit.ts'
import { clamped, type GroupTile } from './group.ts'
import { packed } from './packing.ts'
import type { Sums } from './product-block.ts'
import { type Axis, type Product, type ProductForm, productForm } from './product-form.ts'
import { pointsOver } from './reductions.ts'
import { index, repeated } from './repeated.ts'
import { type ThreadTile, tileStores } from './tile-stores.ts'
import { splat } from './widen.ts'

/** With fewer terms it would show in the time of a product that its sums go through memory. */
const leastAside = 64
/**
 * From one row to the next of a factor that is read where it lies, at most: further apart, rows would have the same few
 * places in the cache.
 */
const farthest = 1024
const lineBytes = 64
/** Smaller products are computed where they lie. */
const least = { terms: 16, rows: 16, columns: 8, products: 32_768 }
/** With several indices as one, each vector takes divisions: worth it where it is used this often. */
const leastUses = 32

/**
 * A nest with sums of products, as matrix products are computed on a CPU (Goto and van de Geijn 2008): a point of the
 * grid is a block of the result; for one block of terms after the other, both factors, whatever it takes to compute
 * them, are packed in the order in which they are then read, in panels of a few rows and columns; and the panels are
 * multiplied, a tile of the block in registers at a time. What follows the sums is done with the sums at hand. A left
 * factor whose rows lie in memory as a panel is read is not packed. Undefined for nests of another form, and small
 * ones.
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

class Block {
  readonly grid: readonly Loop[]
  readonly shared: readonly Shared[]
  readonly #s: Scalars
  readonly #form: ProductForm
  readonly #band: Band
  /** Whether left factors are read where they lie. */
  readonly #inPlace: boolean
  /**
   * The size of a block, in bands and in panels of columns, and the number of the first of each. Some blocks may have a
   * band less.
   */
  readonly #bands: number
  readonly #columns: number
  readonly #firstBand: Expr
  readonly #firstColumns: Expr
  /** The number of the first panel of rows that is not the block's; undefined where all blocks have equally many. */
  readonly #endOfPanels: Expr | undefined
  /** Whether sums are kept in memory from one block of terms to the next, or from one product to the next. */
  readonly #keeps: boolean
  /** Else whether those of a tile are put into memory before what follows them is computed. */
  readonly #setsAside: boolean
  /** Which of what is shared is for the packed factors, for the sums of each product, and for those of a tile. */
  readonly #left: number | undefined
  readonly #right: number
  readonly #kept: readonly number[]
  readonly #aside: number

  constructor(s: Scalars, form: ProductForm, multiplyAdds: boolean) {
    const { rows, columns, batch, products } = form
    this.#s = s
    this.#form = form
    this.#inPlace = products.every(({ left, terms }) => liesInRows(s, left, rows, terms))
    const band = bandFor(rows.extent, multiplyAdds, this.#inPlace)
    this.#band = band
    const depth = Math.max(...products.map(({ terms }) => depthOf(terms.extent)))
    const extents = { batch: pointsOver(batch), rows: rows.extent, columns: columns.extent }
    const { down, across } = this.#inPlace ? inPlaceBlocks(extents, band, depth) : packedBlocks(extents, band)
    const [i, j] = [s.loop('rows', down.count), s.loop('columns', across.count)]
    this.grid = [...batch, i, j].flatMap((index) => (index.extent! > 1 ? [{ index, extent: index.extent! }] : []))
    this.#columns = across.pieces
    this.#firstColumns = s.mul(index(s, j), s.index(across.pieces))
    const bands = Math.ceil(rows.extent / band.rows)
    const panels = Math.ceil(rows.extent / band.panelRows)
    this.#bands = Math.ceil(bands / down.count)
    this.#firstBand = shareOf(s, index(s, i), bands, down.count)
    const next = shareOf(s, s.add(index(s, i), s.index(1)), bands, down.count)
    const areEven = panels === this.#bands * band.panels * down.count
    this.#endOfPanels = areEven ? undefined : s.apply('min', [s.mul(next, s.index(band.panels)), s.index(panels)])
    this.#keeps = products.length > 1 || products.some(({ terms }) => terms.extent > depthOf(terms.extent))
    this.#setsAside = !this.#keeps && products[0]!.terms.extent >= leastAside
    const all = this.#bands * band.rows * this.#columns * vectors
    const shared: Shared[] = []
    const share = (name: string, lanes: Shared['lanes'], size: number): number =>
      shared.push({ name, dtype: 'f32', lanes, size }) - 1
    this.#right = share('right', 4, this.#columns * rightPanel(depth))
    this.#left = this.#inPlace ? undefined : share('left', 1, this.#bands * leftBand(band, depth))
    this.#kept = this.#keeps ? products.map((_, n) => share(`sums_${n}`, 4, all)) : []
    this.#aside = this.#keeps || this.#setsAside ? share('tile', 4, band.panelRows * vectors) : -1
    this.shared = shared
  }

  drafts(nest: FusedNest): readonly Draft[] {
    const { products } = this.#form
    const drafts = products.flatMap((product, n) => this.#product(nest, product, n))
    if (!this.#keeps) return drafts
    const done = this.#s.variable('done', 'i32')
    return [
      ...drafts,
      { kind: 'barrier', token: done },
      ...this.#tiles((tile) => this.#storesOf(nest, tile, (n, at) => this.#keptAt(n, tile, at, done))),
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
        drafts.push(...this.#multiply(sums, product, tile, first, count, ready))
        if (!this.#keeps && !this.#setsAside) return [...drafts, ...this.#stores(nest, this.#wholeTile(tile), [sums])]
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

  #packLeft({ left: value, terms }: Product, first: Expr, count: number): readonly Draft[] {
    if (this.#left === undefined) return []
    return packed(this.#s, { value, lines: this.#form.rows, terms }, first, count, {
      number: this.#left,
      array: this.shared[this.#left]!,
      pieces: this.#s.loop('i', this.#bands),
      from: this.#firstBand,
      fours: this.#band.rows / 4,
      stride: leftBand(this.#band, count),
    })
  }

  #packRight({ right: value, terms }: Product, first: Expr, count: number): readonly Draft[] {
    return packed(this.#s, { value, lines: this.#form.columns, terms }, first, count, {
      number: this.#right,
      array: this.shared[this.#right]!,
      pieces: this.#s.loop('j', this.#columns),
      from: this.#firstColumns,
      fours: vectors,
      stride: rightPanel(count),
    })
  }

  /**
   * Statements for each tile of the block. In one loop over all panels of rows: V8 unrolls small loops, the more the
   * deeper they lie in others, and then has too few registers for the innermost.
   */
  #tiles(body: (tile: TilePlace) => readonly Draft[]): readonly Draft[] {
    const s = this.#s
    const { panels } = this.#band
    const [i, j] = [s.loop('i', this.#bands * panels), s.loop('j', this.#columns)]
    const place: TilePlace = { panel: index(s, i), column: index(s, j) }
    const tile = body(place)
    const end = this.#endOfPanels
    if (!end) return repeated(j, repeated(i, tile))
    return repeated(j, repeated(i, [{ kind: 'if', condition: s.less(this.#numberOf(place), end), body: tile }]))
  }

  /** The number of a tile's panel of rows among those of all blocks. */
  #numberOf({ panel }: TilePlace): Expr {
    return this.#s.add(this.#s.mul(this.#firstBand, this.#s.index(this.#band.panels)), panel)
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

  #multiply(
    sums: Sums,
    product: Product,
    tile: TilePlace,
    first: Expr,
    count: number,
    ready: Variable,
  ): readonly Draft[] {
    const s = this.#s
    const leftAt = this.#inPlace ? this.#inRows(product, tile, first) : this.#inBand(tile, count, ready)
    const panel = s.mul(tile.column, s.index(rightPanel(count)))
    const term = (k: Expr): readonly Draft[] =>
      sums.flatMap((row, r) =>
        row.map((variable, v): Draft => {
          const at = s.add(panel, s.add(s.mul(k, s.index(vectors)), s.index(v)))
          const b = s.fetch(this.#right, this.shared[this.#right]!, at, ready)
          return { kind: 'fold', variable, op: 'fma', args: [splat(s, leftAt(r, k)), b] }
        }),
      )
    const k = s.loop('k', count)
    // One term at a time: of several, V8 would first load all factors, and run out of registers.
    return repeated(k, term(index(s, k)))
  }

  /** Row r of a tile for term k of a block, out of a factor that is read where it lies. */
  #inRows({ left, terms }: Product, tile: TilePlace, first: Expr): (r: number, k: Expr) => Expr {
    const s = this.#s
    const [row, term] = [this.#form.rows.indices[0]!, terms.indices[0]!]
    return (r, k) =>
      s.substitute(
        left,
        new Map([
          [row, s.add(this.#rowOf(tile), s.index(r))],
          [term, s.add(first, k)],
        ]),
      )
  }

  /** The same out of a packed factor. */
  #inBand({ panel }: TilePlace, count: number, ready: Variable): (r: number, k: Expr) => Expr {
    const s = this.#s
    const { panels, panelRows, rows } = this.#band
    const band = s.mul(s.div(panel, s.index(panels)), s.index(leftBand(this.#band, count)))
    const inTerm = s.mul(s.rem(panel, s.index(panels)), s.index(panelRows))
    return (r, k) => {
      const at = s.add(band, s.add(s.mul(k, s.index(rows)), s.add(inTerm, s.index(r))))
      return s.fetch(this.#left!, this.shared[this.#left!]!, at, ready)
    }
  }

  /** Adds sums to those of the blocks of terms before, unless it is the first. */
  #keep(n: number, tile: TilePlace, sumAt: (at: Expr) => Expr, isFirst: Expr, ready: Variable): readonly Draft[] {
    const s = this.#s
    const at = s.loop('at', this.#band.panelRows * vectors)
    const all = s.apply('add', [this.#keptAt(n, tile, at, ready), sumAt(at)])
    const value = s.select(splat(s, isFirst), sumAt(at), all)
    return repeated(at, [{ kind: 'puts', puts: [{ shared: this.#kept[n]!, index: this.#place(tile, at), value }] }])
  }

  #keptAt(n: number, tile: TilePlace, at: Expr, after: Variable): Expr {
    const number = this.#kept[n]!
    return this.#s.fetch(number, this.shared[number]!, this.#place(tile, at), after)
  }

  /** Where vector `at` of a tile is kept. */
  #place({ panel, column }: TilePlace, at: Expr): Expr {
    const s = this.#s
    const { panels, panelRows } = this.#band
    const tile = s.add(s.mul(column, s.index(this.#bands * panels)), panel)
    return s.add(s.mul(tile, s.index(panelRows * vectors)), at)
  }

  /**
   * What follows the sums of a tile that are in memory, vector `at` of product n as `sumAt` tells: one vector after the
   * other, so that what follows, of which there may be much, is compiled once and not for each vector of a tile.
   */
  #storesOf(nest: FusedNest, tile: TilePlace, sumAt: (n: number, at: Expr) => Expr): readonly Draft[] {
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
      row: () => s.add(this.#rowOf(tile), r),
      fourColumns: () => s.add(s.mul(tile.column, s.index(vectors)), v),
    }
    const stores = repeated(v, [...drafts, ...this.#stores(nest, one, sums)])
    if (!this.#inPlace || this.#form.rows.extent % panelRows === 0) return repeated(r, stores)
    const isNew = s.apply('lessEqual', [this.#evenRowOf(tile), one.row(0)])
    return repeated(r, [{ kind: 'if', condition: isNew, body: stores }])
  }

  /** The first row of a tile, were the last one as the others. */
  #evenRowOf(tile: TilePlace): Expr {
    return this.#s.mul(this.#numberOf(tile), this.#s.index(this.#band.panelRows))
  }

  /**
   * The first row of a tile. Where a factor is read where it lies, the last tile begins further up if too few rows are
   * left; what it computes again is not stored.
   */
  #rowOf(tile: TilePlace): Expr {
    const row = this.#evenRowOf(tile)
    return this.#inPlace ? clamped(this.#s, row, this.#form.rows.extent - this.#band.panelRows + 1) : row
  }

  #wholeTile(tile: TilePlace): Tile {
    const s = this.#s
    return {
      shape: { threadRows: this.#band.panelRows, threadColumns: panelColumns, splits: 1 },
      row: (r) => s.add(this.#rowOf(tile), s.index(r)),
      fourColumns: (v) => s.add(s.mul(tile.column, s.index(vectors)), s.index(v)),
    }
  }

  #stores(nest: FusedNest, tile: Tile, sums: readonly Sums[]): readonly Draft[] {
    const s = this.#s
    const { rows, columns, products } = this.#form
    const computed = {
      rows,
      columns,
      top: s.index(0),
      left: s.mul(this.#firstColumns, s.index(panelColumns)),
      sums: products.map(({ reduce }, n) => ({ of: reduce, sums: sums[n]! })),
      ofRows: [],
    }
    return tileStores(s, { ...tile, dots: false, split: s.index(0) }, computed, nest.stores)
  }
}

/**
 * Whether a factor is a matrix in memory whose rows are those of the result, with neighbours along terms: then a tile
 * reads as few lines of the cache as if they were packed.
 */
function liesInRows(s: Scalars, factor: Expr, rows: Axis, terms: Axis): boolean {
  if (factor.kind !== 'load' || terms.extent < leastAside) return false
  const [row, term] = [rows, terms].map(({ indices }) => (indices.length === 1 ? indices[0] : undefined))
  if (!row || !term || s.stride(factor.index, term) !== 1) return false
  const stride = s.stride(factor.index, row)
  return stride !== undefined && stride > 0 && stride <= farthest
}

/**
 * Where the share of block i of so many pieces begins, in `count` blocks that differ by one piece at most: threads that
 * compute equally many blocks are done at the same time.
 */
const shareOf = (s: Scalars, i: Expr, pieces: number, count: number): Expr =>
  pieces % count === 0 ? s.mul(i, s.index(pieces / count)) : s.div(s.mul(i, s.index(pieces)), s.index(count))

/**
 * Where the panels of so many terms begin, one after the other: a line of the cache further, since what lies a power of
 * two apart has the same few places in it, and a term is written to all panels.
 */
const leftBand = ({ rows }: Band, terms: number): number => terms * rows + lineBytes / 4
const rightPanel = (terms: number): number => terms * vectors + lineBytes / 16

/** Which tile of a block it is: of which panel of rows, and of which panel of columns. */
interface TilePlace {
  readonly panel: Expr
  readonly column: Expr
}

/** Which elements of a tile are stored together. */
type Tile = Pick<ThreadTile, 'shape' | 'row' | 'fourColumns'>
