import { threads } from './group.ts'
import type { Machine } from './machine.ts'

/** How a workgroup shares the work of a tile of a product. */
export interface ProductTile {
  /** Rows and columns of the tile, and how many terms of each sum are in shared memory at a time. */
  readonly rows: number
  readonly columns: number
  readonly depth: number
  /** Of a thread: multiples of 4. */
  readonly threadRows: number
  readonly threadColumns: number
  /** How many threads share the terms of a sum. */
  readonly splits: number
}

/** With 256 threads. All but the first fit in the 16 KB of shared memory that every device has. */
export const productTiles: readonly ProductTile[] = [
  { rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, splits: 1 },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 4, splits: 1 },
  { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, splits: 1 },
  { rows: 64, columns: 32, depth: 16, threadRows: 4, threadColumns: 4, splits: 2 },
  { rows: 32, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, splits: 2 },
  { rows: 32, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 4 },
  { rows: 32, columns: 16, depth: 32, threadRows: 4, threadColumns: 4, splits: 8 },
  { rows: 16, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 8 },
  { rows: 16, columns: 16, depth: 64, threadRows: 4, threadColumns: 4, splits: 16 },
  { rows: 32, columns: 8, depth: 64, threadRows: 4, threadColumns: 4, splits: 16 },
  { rows: 8, columns: 32, depth: 64, threadRows: 4, threadColumns: 4, splits: 16 },
]

/** The sizes of a product. */
export interface ProductSizes {
  readonly rows: number
  readonly columns: number
  readonly terms: number
  readonly batch: number
}

/** '1024x1024x512', or '8 of 64x64x32'. */
export const productKey = ({ rows, columns, terms, batch }: ProductSizes): string =>
  `${batch > 1 ? `${batch} of ` : ''}${rows}x${columns}x${terms}`

/** The tile that was measured to be best for a product, or else of which it takes the least time by a rough count. */
export const tileFor = (machine: Machine, sizes: ProductSizes): ProductTile =>
  machine.tuned.products?.[productKey(sizes)] ??
  productTiles
    .filter((tile) => sharedBytesOf(tile) <= machine.sharedBytes)
    .reduce((best, tile) => (timeOf(machine, tile, sizes) < timeOf(machine, best, sizes) ? tile : best))

/** Memory for both blocks, one of which may be longer for its reads not to collide, and for what threads combine. */
const sharedBytesOf = ({ rows, columns, depth, splits }: ProductTile): number =>
  4 * ((rows + columns) * depth + 4 * Math.max(rows, columns)) + (splits > 1 ? 16 * threads : 0)

/** In cycles of one thread, as far as workgroups do not run at once. */
function timeOf({ atOnce }: Machine, tile: ProductTile, { rows, columns, terms, batch }: ProductSizes): number {
  const { threadRows, threadColumns, depth, splits } = tile
  const groups = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * batch
  const blocks = Math.ceil(terms / depth)
  // A read of shared memory takes about as long as four multiplications, and brings four numbers; one of main memory and a barrier much longer.
  const products = (depth / splits) * (threadRows * threadColumns + threadRows + threadColumns)
  const loads = ((tile.rows + tile.columns) * depth) / threads
  const folds = Math.log2(splits) * threadRows * threadColumns * 4
  const one = blocks * (products + 8 * loads + 60) + folds + 4 * threadRows * threadColumns + 200
  return one * Math.max(1, groups / atOnce)
}
