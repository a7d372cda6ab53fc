import { threefry2x32 } from '../../runtime/threefry.ts'

/** Random numbers on the host, for toy data and tests: programs draw theirs inside kernels, from keys. */
export interface HostRandom {
  /** In (0, 1), never 0 or 1; steps of 2^-32. */
  uniform(): number
  /** From N(0, 1). */
  normal(): number
}

/**
 * A stream of random numbers that is a function of the seed, a whole number below 2^53: block i is Threefry of the
 * seed's two words at the counter (0, i).
 */
export const hostRandom = (seed: number): HostRandom => {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`hostRandom: the seed is ${seed}; it must be a whole number from 0 to 2^53 - 1`)
  const key = [Math.floor(seed / 2 ** 32), seed >>> 0] as const
  let counter = 0
  const block = (): readonly [number, number] => {
    const [a, b] = threefry2x32(key, [0, counter++])
    return [(a + 0.5) / 2 ** 32, (b + 0.5) / 2 ** 32]
  }
  let uniforms: readonly number[] = []
  let normals: readonly number[] = []
  return {
    uniform: () => {
      if (uniforms.length === 0) uniforms = block()
      const [first, ...rest] = uniforms
      uniforms = rest
      return first!
    },
    normal: () => {
      if (normals.length === 0) normals = boxMuller(...block())
      const [first, ...rest] = normals
      normals = rest
      return first!
    },
  }
}

/** Two independent normal numbers from two uniform ones in (0, 1) (Box and Muller 1958). */
export const boxMuller = (u: number, v: number): readonly [number, number] => {
  const radius = Math.sqrt(-2 * Math.log(u))
  return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)]
}
