/**
 * The 65,536 halves by their definition (IEEE 754 binary16), in the order of their bits: a reference that shares
 * nothing with what it tests.
 */
export const halves: readonly number[] = Array.from({ length: 2 ** 16 }, (_, bits) => {
  const [sign, exponent, fraction] = [bits >= 2 ** 15 ? -1 : 1, Math.floor(bits / 2 ** 10) % 32, bits % 2 ** 10]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 2 ** 10) * 2 ** (exponent - 15))
})

/**
 * The nearest of them, by looking: of two as near, the one whose bits are an even number. What would be the next after
 * the greatest stands for infinity.
 */
export function nearest(x: number): number {
  if (Number.isNaN(x)) return x
  const size = Math.abs(x)
  const at = (bits: number): number => (bits === 0x7c00 ? 65536 : halves[bits]!)
  let [low, high] = [0, 0x7c00]
  if (size >= 65536) return x < 0 ? -Infinity : Infinity
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (at(middle) <= size) low = middle
    else high = middle
  }
  const [below, above] = [size - at(low), at(high) - size]
  const bits = below < above || (below === above && low % 2 === 0) ? low : high
  return x < 0 || Object.is(x, -0) ? -halves[bits]! : halves[bits]!
}

/**
 * Every half; what lies between two neighbours, half way and an f32 to either side of that; and what is beyond all of
 * them. As f32.
 */
export function aroundHalves(): Float32Array {
  const found: number[] = [...halves, 65519.996, 65520, 65536, 1e5, 3e38, 2 ** -25, 2 ** -26, 2 ** -126, 2 ** -149]
  const positive = halves.slice(0, 0x7c00)
  for (const [bits, low] of positive.entries()) {
    const middle = (low + (halves[bits + 1] === Infinity ? 65536 : halves[bits + 1]!)) / 2
    const step = 2 ** (Math.floor(Math.log2(middle)) - 23)
    found.push(middle, middle - step, middle + step, -middle, -middle + step, -middle - step)
  }
  return Float32Array.from(found)
}
