/**
 * The 65,536 bfloats by their definition, an f32 without its last 16 bits, in the order of their bits: a reference that
 * shares nothing with what it tests.
 */
export const bfloats: readonly number[] = Array.from({ length: 2 ** 16 }, (_, bits) => {
  const [sign, exponent, fraction] = [bits >= 2 ** 15 ? -1 : 1, Math.floor(bits / 2 ** 7) % 256, bits % 2 ** 7]
  if (exponent === 255) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -133 : (1 + fraction / 2 ** 7) * 2 ** (exponent - 127))
})
