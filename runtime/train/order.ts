import { seedWords } from '../seed.ts'
import { shuffle } from '../shuffle.ts'
import { threefry2x32 } from '../threefry.ts'

export interface OrderOptions {
  /** How many rows there are. */
  readonly rows: number
  /** How many rows a step takes. */
  readonly batch: number
  readonly seed: number
  /** Every epoch in an order of its own; else as they lie. */
  readonly shuffle: boolean
}

/** Which rows a step takes: a function of its number alone, so that a run that goes on is the run that did not stop. */
export type Order = (step: number) => Uint32Array

/**
 * Takes every row once an epoch. Epochs follow each other without a gap: a batch may take its last rows from the next
 * one, and none is left out.
 *
 * The order of an epoch is a Fisher-Yates shuffle by Threefry bits of the seed and the epoch's number.
 */
export function epochs({ rows, batch, seed, shuffle }: OrderOptions): Order {
  if (batch > rows)
    throw new RangeError(
      `a batch of ${batch} is more than the ${rows} rows of the data; take a batch that is not larger`,
    )
  // Rows may be as many as numbers that are drawn on the way: where they lie in order, no list of them is made.
  if (!shuffle) return (step) => Uint32Array.from({ length: batch }, (_, i) => (step * batch + i) % rows)
  const known = new Map<number, Uint32Array>()
  const orderOf = (epoch: number): Uint32Array => {
    const found = known.get(epoch)
    if (found) return found
    const made = Uint32Array.from({ length: rows }, (_, i) => i)
    shuffleBy(made, seed, epoch)
    known.set(epoch, made)
    // A batch needs two at most.
    for (const other of [...known.keys()].slice(0, -2)) known.delete(other)
    return made
  }
  return (step) => {
    const first = step * batch
    const from = first % rows
    const epoch = Math.floor(first / rows)
    const order = orderOf(epoch)
    if (from + batch <= rows) return order.slice(from, from + batch)
    const taken = new Uint32Array(batch)
    taken.set(order.subarray(from))
    taken.set(orderOf(epoch + 1).subarray(0, from + batch - rows), rows - from)
    return taken
  }
}

function shuffleBy(order: Uint32Array, seed: number, epoch: number): void {
  const [high, low] = seedWords(seed) as unknown as [number, number]
  // Apart from the keys that the state of a program with this seed is made from.
  const key = threefry2x32([high, low], [0x6f726465, epoch])
  let block = 0
  let words: readonly number[] = []
  shuffle(order, () => {
    if (words.length === 0) words = threefry2x32(key, [0, block++])
    const [word, ...rest] = words as [number, ...number[]]
    words = rest
    return word
  })
}
