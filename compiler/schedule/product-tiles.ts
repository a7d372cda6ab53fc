import type { ProductTile } from '../plan/tuned.ts'
import { threads } from './group.ts'
import type { Machine } from './machine.ts'

/**
 * By 256 threads, as all tiles. All but the first fit in the 16 KB of shared memory that every device has. To read
 * ahead takes registers, of which the sums of the largest leave few.
 */
const usualTiles: readonly ProductTile[] = [
  { rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, splits: 1, ahead: false },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 4, splits: 1, ahead: true },
  { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, splits: 1, ahead: true },
  { rows: 64, columns: 32, depth: 16, threadRows: 4, threadColumns: 4, splits: 2, ahead: true },
  { rows: 32, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, splits: 2, ahead: true },
  { rows: 32, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 4, ahead: true },
  { rows: 32, columns: 16, depth: 32, threadRows: 4, threadColumns: 4, splits: 8, ahead: true },
  { rows: 16, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 8, ahead: true },
  { rows: 16, columns: 16, depth: 64, threadRows: 4, threadColumns: 4, splits: 16, ahead: true },
  { rows: 32, columns: 8, depth: 64, threadRows: 4, threadColumns: 4, splits: 16, ahead: true },
  { rows: 8, columns: 32, depth: 64, threadRows: 4, threadColumns: 4, splits: 16, ahead: true },
]

/**
 * Taken only where they were measured to be best: of longer or shorter blocks of terms, with more sums to a thread, and
 * read ahead or not.
 */
const otherTiles: readonly ProductTile[] = [
  { rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, splits: 1, ahead: true },
  { rows: 128, columns: 128, depth: 8, threadRows: 8, threadColumns: 8, splits: 1, ahead: true },
  { rows: 128, columns: 64, depth: 32, threadRows: 8, threadColumns: 4, splits: 1, ahead: true },
  { rows: 128, columns: 64, depth: 32, threadRows: 8, threadColumns: 8, splits: 2, ahead: false },
  { rows: 64, columns: 128, depth: 16, threadRows: 4, threadColumns: 8, splits: 1, ahead: true },
  { rows: 64, columns: 128, depth: 32, threadRows: 4, threadColumns: 8, splits: 1, ahead: true },
  { rows: 64, columns: 64, depth: 32, threadRows: 4, threadColumns: 4, splits: 1, ahead: true },
  { rows: 64, columns: 64, depth: 32, threadRows: 8, threadColumns: 4, splits: 2, ahead: true },
  { rows: 64, columns: 64, depth: 32, threadRows: 8, threadColumns: 8, splits: 4, ahead: false },
  { rows: 128, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 1, ahead: true },
  { rows: 32, columns: 128, depth: 32, threadRows: 4, threadColumns: 4, splits: 1, ahead: true },
  { rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 4, splits: 1, ahead: false },
  { rows: 64, columns: 64, depth: 16, threadRows: 4, threadColumns: 4, splits: 1, ahead: false },
  { rows: 32, columns: 32, depth: 32, threadRows: 4, threadColumns: 4, splits: 4, ahead: false },
]

export const productTiles: readonly ProductTile[] = [...usualTiles, ...otherTiles]

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

const fits = ({ sharedBytes }: Pick<Machine, 'sharedBytes'>, tile: ProductTile): boolean =>
  sharedBytesOf(tile) <= sharedBytes

/** The tiles that a machine's shared memory has room for. */
export const tilesOn = (machine: Pick<Machine, 'sharedBytes'>): readonly ProductTile[] =>
  productTiles.filter((tile) => fits(machine, tile))

/**
 * The tile that was measured to be best for a product, if the machine has room for it, or else of which it takes the
 * least time by a rough count.
 */
export function tileFor(machine: Machine, sizes: ProductSizes): ProductTile {
  const tuned = tunedTile(machine, productKey(sizes))
  return tuned && fits(machine, tuned)
    ? tuned
    : usualTiles
        .filter((tile) => fits(machine, tile))
        .reduce((best, tile) => (timeOf(machine, tile, sizes) < timeOf(machine, best, sizes) ? tile : best))
}

/** One of the tiles: what comes from a file may be anything. */
function tunedTile({ tuned }: Machine, product: string): ProductTile | undefined {
  const given = tuned.products?.[product]
  if (given === undefined) return undefined
  const tile = productTiles.find((tile) => partsOfTile.every((part) => tile[part] === given?.[part]))
  if (tile) return tile
  throw new Error(
    `tuned: the tile of products ${product} is ${JSON.stringify(given)}, and there is none of these sizes; what was measured by another version of Fluxion is to be measured again, with tune()`,
  )
}

const partsOfTile = ['rows', 'columns', 'depth', 'threadRows', 'threadColumns', 'splits', 'ahead'] as const

/** Memory for both blocks, for what threads combine, and for what those of other nests of a shader do. */
const sharedBytesOf = ({ rows, columns, depth, splits }: ProductTile): number =>
  4 * (rows + columns) * depth + (splits > 1 ? 16 * threads : 0) + 8 * threads

/** In cycles of one thread, as far as workgroups do not run at once. */
function timeOf({ atOnce }: Machine, tile: ProductTile, { rows, columns, terms, batch }: ProductSizes): number {
  const { threadRows, threadColumns, depth, splits } = tile
  const groups = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * batch
  const blocks = Math.ceil(terms / depth)
  // A read of shared memory takes about as long as four multiplications, and brings four numbers; one of main memory
  // and a barrier much longer.
  const products = (depth / splits) * (threadRows * threadColumns + threadRows + threadColumns)
  const loads = ((tile.rows + tile.columns) * depth) / threads
  const folds = Math.log2(splits) * threadRows * threadColumns * 4
  const one = blocks * (products + 8 * loads + 60) + folds + 4 * threadRows * threadColumns + 200
  return one * Math.max(1, groups / atOnce)
}
