// expects: nothing
import { type Key, normal, split, uniform } from 'fluxion'

// One of them, never both.
export const chosen = (key: Key, kind: string) => (kind === 'normal' ? normal(key, [8]) : uniform(key, [8]))
export const early = (key: Key, kind: string) => {
  if (kind === 'none') {
    const noise = normal(key, [8])
    return noise
  }
  if (kind === 'flat') return uniform(key, [8])
  return normal(key, [8]).mul(2)
}
export const next = (given: Key) => {
  let key = given
  const draws = [0, 1].map(() => {
    const [first, second] = split(key, 2)
    key = first!
    return normal(second!, [8])
  })
  return draws[0]!.add(normal(key, [8]))
}
export const each = (seed: Key) => {
  let sum = 0
  for (const key of split(seed, 3)) sum += normal(key, [8]).shape.length
  return sum
}
export const samplers = (key: Key) => ({ flat: () => uniform(key, [8]), bell: () => normal(key, [8]) })
