import { hostRandom } from '../targets/random.ts'

/** Different numbers below a size, at random: the beginning of a shuffle (Fisher and Yates). `random` gives numbers in (0, 1). */
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
export function randomPairs(size: number, seed: number): () => readonly [number, number] {
  const random = hostRandom(seed)
  return () => {
    const first = Math.floor(random.uniform() * size)
    const other = Math.floor(random.uniform() * (size - 1))
    return [first, other < first ? other : other + 1]
  }
}
