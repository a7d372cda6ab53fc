import { threads } from './group.ts'
import type { Machine } from './machine.ts'

/** How a workgroup shares the work of sums over pairs. */
export interface PairTile {
  /** Rows and columns of the tile, and how many terms are taken at a time. */
  readonly rows: number
  readonly columns: number
  readonly terms: number
  /** How many terms of the inner products are in shared memory at a time. */
  readonly depth: number
  /**
   * How many threads share a row: four or eight rows are a thread's, 4 columns for each or a multiple, and one term or
   * several.
   */
  readonly across: number
}

/** With 256 threads. The first three fit in the 16 KB of shared memory that every device has, if barely. */
export const pairTiles: readonly PairTile[] = [
  { rows: 64, columns: 64, terms: 16, depth: 16, across: 16 },
  { rows: 64, columns: 64, terms: 32, depth: 16, across: 16 },
  { rows: 64, columns: 128, terms: 16, depth: 16, across: 16 },
  { rows: 128, columns: 32, terms: 16, depth: 8, across: 8 },
]

/** The sizes that matter: columns of the products, 0 where there are none, and terms of the longest inner product. */
export interface PairSizes {
  readonly columns: number
  readonly inner: number
}

/**
 * The tile with the least work for a pair, as far as columns beyond the last and inner products done again for more
 * columns are work.
 */
export const pairTileFor = (machine: Machine, sizes: PairSizes): PairTile =>
  pairTiles
    .filter((tile) => sharedBytesOf(tile) <= machine.sharedBytes)
    .reduce((best, tile) => (workOf(tile, sizes) < workOf(best, sizes) ? tile : best))

/** Multiplications, and for each block of terms what waiting costs. */
const workOf = (tile: PairTile, { columns, inner }: PairSizes): number =>
  Math.max(1, Math.ceil(columns / tile.columns)) * (inner + (columns > 0 ? tile.columns : 0) + 1000 / tile.terms)

/**
 * Blocks of rows and terms; of pairs, and of what they are multiplied by in place of the terms; and what threads
 * combine.
 */
const sharedBytesOf = ({ rows, columns, terms, depth }: PairTile): number =>
  4 * (rows * depth + terms * Math.max(depth, columns) + rows * terms) + 16 * threads
