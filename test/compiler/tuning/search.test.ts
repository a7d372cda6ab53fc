import { describe, expect, test } from 'vitest'
import type { ProductTile, Tuned } from '../../../compiler/plan/tuned.ts'
import { productTiles } from '../../../compiler/schedule/product-tiles.ts'
import { type Candidate, search, type TuningTrial } from '../../../compiler/tuning/search.ts'

const [large, wide, small] = productTiles as readonly [ProductTile, ProductTile, ProductTile]

/** A device on which a product takes as long as is said of its tile; `usual` without one. */
interface Machine {
  readonly usual: ProductTile
  /** Of products, by tile. */
  readonly took: { readonly [product: string]: (tile: ProductTile) => number }
  /** What a kernel beside takes, by whether pairs are stored: a number of pairs that are not. */
  readonly pairs?: { readonly count: number; readonly stored: number; readonly made: number }
  /** From what is tuned, what is added to the first kernel: as caches that are shared, which no kernel alone shows. */
  readonly together?: (tuned: Tuned) => number
}

/** Runs the search on such a device. */
async function searched({ usual, took, pairs, together = () => 0 }: Machine, known: Tuned = {}) {
  const trials: TuningTrial[] = []
  const make = async (tuned: Tuned): Promise<Candidate> => {
    const tiles = Object.keys(took).map((product) => [product, tuned.products?.[product] ?? usual] as const)
    const isMade = pairs !== undefined && pairs.count >= (tuned.fewestPairs ?? 1000)
    const others = pairs ? [{ products: [], milliseconds: isMade ? pairs.made : pairs.stored }] : []
    return {
      code: JSON.stringify([tiles, isMade]),
      time: async () => [
        { products: [], milliseconds: 1 + together(tuned) },
        ...tiles.map(([product, tile]) => ({ products: [product], milliseconds: took[product]!(tile) })),
        ...others,
      ],
    }
  }
  return { ...(await search(known, [large, wide, small], make, (trial) => trials.push(trial))), trials }
}

describe('the search for faster kernels', () => {
  test('takes for each product the tile with which it was fastest', async () => {
    const found = await searched({
      usual: large,
      took: {
        a: (tile) => (tile === small ? 1 : 4),
        b: (tile) => (tile === wide ? 2 : 5),
        c: (tile) => (tile === large ? 1 : 3),
      },
    })
    expect(found.tuned).toEqual({ products: { a: small, b: wide } })
    expect(found.milliseconds).toEqual({ before: 11, after: 5 })
    expect(found.products).toEqual([
      { product: 'a', tile: small, before: 4, after: 1 },
      { product: 'b', tile: wide, before: 5, after: 2 },
      { product: 'c', tile: undefined, before: 1, after: 1 },
    ])
  })

  test('tries nothing twice, and says what it tries', async () => {
    const { trials } = await searched({ usual: large, took: { a: (tile) => (tile === small ? 1 : 4) } })
    // With the tile that it has anyway the program is what it was.
    expect(trials).toEqual([
      { about: 'as it is', milliseconds: 5 },
      { about: '128 x 64 by 16, 8 x 4 a thread, read ahead', milliseconds: 5 },
      { about: '64 x 64 by 16, 4 x 4 a thread, read ahead', milliseconds: 2 },
      { about: 'the best tile of each product', milliseconds: 2 },
      { about: 'as it was', milliseconds: 5 },
      { about: 'the best of all', milliseconds: 2 },
    ])
  })

  test('leaves what could be chance', async () => {
    const found = await searched({ usual: large, took: { a: (tile) => (tile === small ? 3.96 : 4) } })
    expect(found.tuned).toEqual({})
    expect(found.products).toEqual([{ product: 'a', tile: undefined, before: 4, after: 4 }])
    expect(found.milliseconds).toEqual({ before: 5, after: 5 })
  })

  test('keeps nothing that is faster alone and not together', async () => {
    const found = await searched({
      usual: large,
      took: { a: (tile) => (tile === small ? 1 : 4) },
      together: ({ products = {} }) => (products.a === small ? 10 : 0),
    })
    expect(found.tuned).toEqual({})
    expect(found.products).toEqual([{ product: 'a', tile: undefined, before: 4, after: 4 }])
  })

  test.each([
    ['makes sums over pairs without storing those', { count: 10, stored: 8, made: 2 }, { fewestPairs: 1 }],
    ['stores pairs', { count: 5000, stored: 2, made: 8 }, { fewestPairs: Number.MAX_SAFE_INTEGER }],
    ['leaves pairs as they are made', { count: 5000, stored: 8, made: 2 }, {}],
  ])('%s where that is faster', async (_, pairs, tuned) => {
    const found = await searched({ usual: large, took: {}, pairs })
    expect(found.tuned).toEqual(tuned)
    expect(found.milliseconds.after).toBe(3)
  })

  test('goes on from what was found before, of other programs too', async () => {
    const known = { device: 'one', products: { other: wide, a: wide } }
    const took = { a: (tile: ProductTile) => (tile === small ? 1 : 4) }
    expect((await searched({ usual: large, took }, known)).tuned).toEqual({
      device: 'one',
      products: { other: wide, a: small },
    })
    const fastest = { products: { other: wide, a: small } }
    expect((await searched({ usual: large, took }, fastest)).tuned).toEqual(fastest)
  })

  test('of a program that leaves nothing to choose is its own time', async () => {
    const found = await searched({ usual: large, took: {} })
    expect(found).toMatchObject({ tuned: {}, milliseconds: { before: 1, after: 1 }, products: [] })
    expect(found.trials).toHaveLength(1)
  })
})
