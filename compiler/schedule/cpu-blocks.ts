/** What is added up in registers has eight columns, in two vectors. */
export const panelColumns = 8
export const vectors = panelColumns / 4

/** Rows of panels that are packed together. */
export interface Band {
  readonly panels: number
  readonly panelRows: number
  readonly rows: number
}
const bandOf = (panels: number, panelRows: number): Band => ({ panels, panelRows, rows: panels * panelRows })
/** With four rows the sums, what they are made of, and a product on its way fill the 16 vector registers of x86. */
const fourRows = 4
/**
 * Where a multiply-add is one instruction it takes four cycles or so, and two begin in each: eight sums are too few to
 * keep it busy. Twelve, with a factor of the left and two vectors of the right, fill the registers.
 */
const sixRows = 6
/** How much more may be computed in panels of six rows, beyond the last row: less than they are faster by. */
const beyond = 1.04

/** Rows in panels. Two panels of six rows are packed together, since their rows are three vectors. */
export function bandFor(rows: number, multiplyAdds: boolean, inPlace: boolean): Band {
  const inSixes = Math.ceil(rows / sixRows) * sixRows
  const panelRows = multiplyAdds && inSixes <= beyond * rows ? sixRows : fourRows
  return bandOf(panelRows === sixRows && !inPlace ? 2 : 1, panelRows)
}

/**
 * A block of the result that a point of the grid computes, at most: its factors, for a block of the terms, stay in the
 * cache of a core.
 */
const largest = { rows: 128, columns: 256, terms: 512 }
const fewestTerms = 160
/** The size of a block, one way or the other, where there would be too few blocks to share among cores. */
const smallRows = 64
const smallColumns = 128
const fewBlocks = 16

/** How many terms a block has: all of them, or a part of them that divides their number, where there is one. */
export function depthOf(terms: number): number {
  if (terms <= largest.terms) return terms
  for (let depth = largest.terms; depth >= fewestTerms; depth -= 4) if (terms % depth === 0) return depth
  return 256
}

/** How many blocks, and how many bands of rows or panels of columns each has at most. */
export interface Blocks {
  readonly count: number
  readonly pieces: number
}

export interface BlockShape {
  readonly down: Blocks
  readonly across: Blocks
}

interface Extents {
  readonly batch: number
  readonly rows: number
  readonly columns: number
}

/**
 * In which blocks a result is computed whose factors are both packed. Where there are few they are smaller, so that
 * there is one for each core: of bands of many rows narrower, since smaller ones would come out less even.
 */
export function packedBlocks({ batch, rows, columns }: Extents, band: Band): BlockShape {
  const few = batch * Math.ceil(rows / largest.rows) * Math.ceil(columns / largest.columns) < fewBlocks
  const narrow = few && band.panels > 1 && columns > smallColumns
  return {
    down: evenly(rows, few && !narrow ? smallRows : largest.rows, band.rows),
    across: evenly(columns, narrow ? smallColumns : largest.columns, panelColumns),
  }
}

/**
 * The same where the left factor is read where it lies. What is packed is then packed once for each block of rows, so
 * blocks are as high as lets the left factor of one stay in the cache, and narrower first where there are few.
 */
export function inPlaceBlocks({ batch, rows, columns }: Extents, band: Band, depth: number): BlockShape {
  const most = (largest.rows * largest.terms) / depth
  let high = Math.min(Math.max(largest.rows, 2 ** Math.floor(Math.log2(most))), 2 * largest.rows)
  let wide = (largest.rows * largest.columns) / high
  const count = () => batch * Math.ceil(rows / high) * Math.ceil(columns / wide)
  while (count() < fewBlocks && wide > smallRows) wide /= 2
  while (count() < fewBlocks && high > smallRows) high /= 2
  return { down: evenly(rows, high, band.rows), across: evenly(columns, wide, panelColumns) }
}

/** An extent in as few blocks as a largest size allows, of equally many pieces as far as they go. */
function evenly(extent: number, most: number, size: number): Blocks {
  const count = Math.ceil(extent / most)
  return { count, pieces: Math.ceil(extent / count / size) }
}
