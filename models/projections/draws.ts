import { type HostRandom, hostRandom } from '../targets/random.ts'

/**
 * What random numbers are drawn for. Each has a stream of its own, so that the weights of a seed are not the data that
 * somebody drew with the same one.
 */
const purposes = { weights: 0x77656967, signs: 0x7369676e, pairs: 0x70616972, rows: 0x726f7773 }

export const randomFor = (purpose: keyof typeof purposes, seed: number): HostRandom =>
  hostRandom(Math.floor(seed / 2 ** 32) * 2 ** 32 + ((seed ^ purposes[purpose]) >>> 0))

/**
 * Different numbers below a size, at random: the beginning of a shuffle (Fisher and Yates). `random` gives numbers in
 * (0, 1).
 */
export function distinct(size: number, count: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i)
  for (let i = 0; i < count; i += 1) {
    const other = i + Math.floor(random() * (size - i))
    const kept = order[i]!
    order[i] = order[other]!
    order[other] = kept
  }
  return order.subarray(0, count)
}

/** Draws two different rows below a size, all pairs equally likely. */
export function randomPairs(size: number, random: HostRandom): () => readonly [number, number] {
  return () => {
    const first = Math.floor(random.uniform() * size)
    const other = Math.floor(random.uniform() * (size - 1))
    return [first, other < first ? other : other + 1]
  }
}
