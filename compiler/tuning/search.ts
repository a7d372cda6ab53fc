import type { ProductTile, Tuned } from '../plan/tuned.ts'

/** A program whose kernels were made in some way. */
export interface Candidate {
  /** The same for two ways that make the same kernels. */
  readonly code: string
  /** Runs it. */
  time(): Promise<readonly TimedKernel[]>
}

export interface TimedKernel {
  /** The sizes of the products in it. */
  readonly products: readonly string[]
  readonly milliseconds: number
}

/** What was found for a program. */
export interface Tuning {
  /** For `openDevice`: what the device had, and what was found to be faster. */
  readonly tuned: Tuned
  /** What the program's kernels take together as the device made them before, and with `tuned`. */
  readonly milliseconds: { readonly before: number; readonly after: number }
  /** The program's products. */
  readonly products: readonly TunedProduct[]
}

export interface TunedProduct {
  /** '1024x1024x512': rows, columns, terms. */
  readonly product: string
  /** The one that was faster than the tile before; undefined where none was. */
  readonly tile: ProductTile | undefined
  /** What the kernels take that it is in, in milliseconds: with the tile before, and with the one that is taken now. */
  readonly before: number
  readonly after: number
}

/** One way to make the kernels that was tried, in words, and what they took together. */
export interface TuningTrial {
  readonly about: string
  readonly milliseconds: number
}

/** Less than this part of the time could be chance. */
const leastGain = 0.02

/** As many pairs as no program has. */
const never = Number.MAX_SAFE_INTEGER

/**
 * Looks for faster ways to make a program's kernels, by trying them. Each tile is tried for all products at once, since
 * kernels are timed one by one; then sums over pairs with and without storing those; and what was best of all is kept
 * only if it is faster together, too.
 */
export async function search(
  known: Tuned,
  tiles: readonly ProductTile[],
  make: (tuned: Tuned) => Promise<Candidate>,
  tried: (trial: TuningTrial) => void,
): Promise<Tuning> {
  const timed = async (candidate: Candidate, about: string) => {
    const kernels = await candidate.time()
    tried({ about, milliseconds: totalOf(kernels) })
    return kernels
  }
  const first = await make(known)
  const before = await timed(first, 'as it is')
  const sizes = [...new Set(before.flatMap(({ products }) => products))].sort()

  const trials: { readonly tile: ProductTile; readonly kernels: readonly TimedKernel[] }[] = []
  for (const tile of sizes.length > 0 ? tiles : []) {
    const candidate = await make(
      withTiles(
        known,
        sizes.map((product) => ({ product, tile })),
      ),
    )
    if (candidate.code !== first.code) trials.push({ tile, kernels: await timed(candidate, textOf(tile)) })
  }
  const products = sizes.map((product) => bestOf(product, before, trials))
  let best = withTiles(known, products)

  let now = await make(best)
  let time = now.code === first.code ? totalOf(before) : totalOf(await timed(now, 'the best tile of each product'))
  for (const [fewestPairs, about] of [
    [1, 'pairs are not stored'],
    [never, 'pairs are stored'],
  ] as const) {
    const tuned = { ...best, fewestPairs }
    const candidate = await make(tuned)
    if (candidate.code === now.code) continue
    const own = totalOf(await timed(candidate, about))
    if (own < (1 - leastGain) * time) [best, now, time] = [tuned, candidate, own]
  }
  if (now.code === first.code) return unchanged(known, totalOf(before), products)

  // What the machine does beside changes with time: both once more, one after the other.
  const was = totalOf(await timed(first, 'as it was'))
  const after = totalOf(await timed(now, 'the best of all'))
  if (after >= (1 - leastGain) * was) return unchanged(known, was, products)
  return { tuned: best, milliseconds: { before: was, after }, products }
}

function bestOf(
  product: string,
  before: readonly TimedKernel[],
  trials: readonly { readonly tile: ProductTile; readonly kernels: readonly TimedKernel[] }[],
): TunedProduct {
  const own = timeOf(before, product)
  let best: { readonly tile: ProductTile | undefined; readonly after: number } = { tile: undefined, after: own }
  for (const { tile, kernels } of trials) {
    const after = timeOf(kernels, product)
    if (after < Math.min(best.after, (1 - leastGain) * own)) best = { tile, after }
  }
  return { product, ...best, before: own }
}

const unchanged = (tuned: Tuned, time: number, products: readonly TunedProduct[]): Tuning => ({
  tuned,
  milliseconds: { before: time, after: time },
  products: products.map((one) => ({ ...one, tile: undefined, after: one.before })),
})

function withTiles(known: Tuned, products: readonly Pick<TunedProduct, 'product' | 'tile'>[]): Tuned {
  const tiles = products.flatMap(({ product, tile }) => (tile ? [[product, tile] as const] : []))
  return tiles.length > 0 ? { ...known, products: { ...known.products, ...Object.fromEntries(tiles) } } : known
}

const totalOf = (kernels: readonly TimedKernel[]): number =>
  kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)

/** What the kernels take that a product is in. */
const timeOf = (kernels: readonly TimedKernel[], product: string): number =>
  totalOf(kernels.filter(({ products }) => products.includes(product)))

/** '64 x 32 by 16, 4 x 4 a thread, 2 threads a sum'. */
export const textOf = ({ rows, columns, depth, threadRows, threadColumns, splits, ahead }: ProductTile): string =>
  `${rows} x ${columns} by ${depth}, ${threadRows} x ${threadColumns} a thread${splits > 1 ? `, ${splits} threads a sum` : ''}${ahead ? ', read ahead' : ''}`
