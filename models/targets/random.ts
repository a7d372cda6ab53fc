/** Random numbers on the host, for toy data and tests: programs draw theirs inside kernels, from keys. */
export interface HostRandom {
  /** In (0, 1), never 0 or 1; steps of 2^-32. */
  uniform(): number
  /** From N(0, 1). */
  normal(): number
}

/** A stream of random numbers that is a function of the seed (an integer): block i is Threefry of the key (0, seed) at the counter (0, i). */
export const hostRandom = (seed: number): HostRandom => {
  let counter = 0
  const block = (): readonly [number, number] => {
    const [a, b] = threefry2x32([0, seed], [0, counter++])
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

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const

/** Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011): 64 random bits as two u32. */
export const threefry2x32 = (
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] => {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bda]
  let a = (counter[0] + key[0]) | 0
  let b = (counter[1] + key[1]) | 0
  for (let round = 0; round < 20; round += 1) {
    const rotation = rotations[round % 8]!
    a = (a + b) | 0
    b = ((b << rotation) | (b >>> (32 - rotation))) ^ a
    if (round % 4 === 3) {
      const group = (round + 1) / 4
      a = (a + keys[group % 3]!) | 0
      b = (b + keys[(group + 1) % 3]! + group) | 0
    }
  }
  return [a >>> 0, b >>> 0]
}
