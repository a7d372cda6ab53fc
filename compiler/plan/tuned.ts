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
  /** Whether a thread reads its part of a block from memory while the block before is multiplied. */
  readonly ahead: boolean
}

/** What was measured on a device to be best there. Plain data, as it comes from a file. */
export interface Tuned {
  /** The device that it was measured on, for people. */
  readonly device?: string
  /**
   * Tiles for products, by their sizes: '1024x1024x512' is of rows, columns and terms, '8 of 64x64x32' a batch of them.
   */
  readonly products?: { readonly [sizes: string]: ProductTile }
  /** Of values for at least so many pairs of a row and a term, as in attention, sums are made without storing them. */
  readonly fewestPairs?: number
}
