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
