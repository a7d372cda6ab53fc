import { collapse } from './collapse.ts'
import { grouped, inTiles, overGrid } from './emit-nests.ts'
import { formOf } from './form.ts'
import { inBlocks } from './long-sums.ts'
import type { Machine } from './machine.ts'
import { packedProduct } from './packed-product.ts'
import { rowLoops } from './rows.ts'
import { runs } from './runs.ts'
import type { Schedule } from './schedule.ts'
import { type TileSizes, tiles } from './tiles.ts'

const elementwise = { chunks: [1], from: 0 }

/** With 8 sums of 4 lanes all of a 4 x 8 tile stays in registers on x86 and in V8. */
const inLanes: TileSizes = { lanes: 4, rows: [4, 1], columns: [8, 4, 1], reduction: [16, 4, 1], elementwise }

/**
 * Some of 4 x 4 sums are in no register, and yet it was the fastest of the tiles that were tried: where both factors
 * are read across their rows, what counts is how often.
 */
const oneByOne: TileSizes = { lanes: 1, rows: [4, 1], columns: [4, 1], reduction: [4, 1], elementwise }

/** Decides how a nest is computed by the threads of a CPU, each on its own. */
export const onCpu =
  ({ lanes, multiplyAdds }: Machine): Schedule =>
  ({ scalars: s }, nest, slotOf) => {
    const { form, rows, axes } = formOf(s, nest)
    if (form === 'elementwise') return inTiles(s, nest, slotOf, runs(s, collapse(s, nest), lanes))
    const packed = form === 'contraction' && lanes === 4 ? packedProduct(s, nest, multiplyAdds) : undefined
    if (packed) return [grouped(s, nest, slotOf, packed)]
    const blocks = inBlocks(s, nest, axes)
    if (rows) return [overGrid(s, nest, slotOf, rowLoops(s, blocks, rows, lanes))]
    return inTiles(s, nest, slotOf, tiles(s, blocks, form, lanes === 4 ? inLanes : oneByOne))
  }
