import { seedWords } from '../seed.ts'
import { shuffle } from '../shuffle.ts'
import { type Columns, type Dataset, subset } from './dataset.ts'

export interface SplitFraction {
  /** How much of the rows the first part has, from 0 to 1; the second has the others. */
  readonly fraction: number
  readonly seed: number
}
export interface SplitSizes<N extends readonly number[] = readonly number[]> {
  /** How many rows each part has. Rows that are left over are in none. */
  readonly sizes: N
  readonly seed: number
}
type Parts<N extends readonly number[], C extends Columns> = { -readonly [I in keyof N]: Dataset<C> }

/**
 * Parts of a dataset that share no row, chosen at random by the seed alone: `const [train, test] = splitDataset(all, {
 * fraction: 0.9, seed: 0 })`. They read from the dataset when they are read.
 *
 * @throws RangeError where the parts are larger than the dataset.
 */
export function splitDataset<C extends Columns>(dataset: Dataset<C>, options: SplitFraction): [Dataset<C>, Dataset<C>]
export function splitDataset<C extends Columns, const N extends readonly number[]>(
  dataset: Dataset<C>,
  options: SplitSizes<N>,
): Parts<N, C>
export function splitDataset(dataset: Dataset, options: SplitFraction | SplitSizes): Dataset[] {
  const sizes = 'sizes' in options ? options.sizes : sizesOf(dataset.size, options.fraction)
  const order = shuffled(dataset.size, options.seed)
  let start = 0
  return sizes.map((size) => {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new RangeError(`splitDataset: a part has ${size} rows; it must be a whole number`)
    const end = start + size
    if (end > dataset.size)
      throw new RangeError(
        `splitDataset: parts of ${sizes.join(' and ')} rows are more than the ${dataset.size} that there are`,
      )
    const part = subset(dataset, order.subarray(start, end))
    start = end
    return part
  })
}

function sizesOf(rows: number, fraction: number): readonly number[] {
  if (!(fraction >= 0 && fraction <= 1))
    throw new RangeError(`splitDataset: the fraction is ${fraction}; it must be from 0 to 1`)
  const first = Math.round(rows * fraction)
  return [first, rows - first]
}

/** The numbers below a size, in an order that is chosen by the seed. */
function shuffled(size: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i)
  shuffle(order, randomWords(seed))
  return order
}

/** Chris Doty-Humphrey's sfc32 of PractRand, seeded as it is there. http://pracrand.sourceforge.net */
function randomWords(seed: number): () => number {
  let a = 0
  let [c, b] = seedWords(seed) as unknown as [number, number]
  let counter = 1
  const next = (): number => {
    const made = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + made
    return made >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return next
}
