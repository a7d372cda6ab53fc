import { collapse } from './collapse.ts'
import { grouped, inTiles } from './emit-nests.ts'
import { formOf } from './form.ts'
import type { groupPairs } from './group-pairs.ts'
import { groupProduct } from './group-product.ts'
import { groupRows } from './group-rows.ts'
import { inBlocks, longestSum } from './long-sums.ts'
import type { Machine } from './machine.ts'
import { pointsOver } from './reductions.ts'
import type { Schedule } from './schedule.ts'
import { type TileSizes, tiles } from './tiles.ts'

const sizes: TileSizes = {
  lanes: 4,
  rows: [4, 1],
  columns: [4, 1],
  reduction: [1],
  elementwise: { chunks: [4, 1], from: 16 },
}

/** Sums of products of at least as many terms are shared by threads where there are too few results for tiles. */
const sharedTerms = 32

/** Decides how a nest is computed on a GPU. `pairs`: how nests over pairs are, where a program has any. */
export const onGpu =
  (machine: Machine, pairs?: typeof groupPairs): Schedule =>
  ({ scalars: s }, nest, slotOf) => {
    if (nest.pairs) return [grouped(s, nest, slotOf, pairs!(s, nest, nest.pairs, machine))]
    const { form, reductions, axes } = formOf(s, nest)
    if (machine.groups && form !== 'elementwise') {
      const long = reductions.some(({ over }) => pointsOver(over) >= sharedTerms)
      const byRows = () => (form === 'reduction' || long ? groupRows(s, nest, longestSum) : undefined)
      const tile = groupProduct(s, nest, machine) ?? byRows()
      if (tile) return [grouped(s, nest, slotOf, tile)]
    }
    const flat = form === 'elementwise' ? collapse(s, nest) : inBlocks(s, nest, axes)
    return inTiles(s, nest, slotOf, tiles(s, flat, form, sizes))
  }
