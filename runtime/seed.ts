/**
 * The two words of the key that a seed makes, the more significant one first: what the first state of a program is made
 * from. Seeds are whole numbers below 2^53.
 */
export function seedWords(seed: number): Uint32Array {
  if (seed === undefined) throw new TypeError('init: there is no seed; give it one, a whole number: init({ seed: 0 })')
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`init: the seed is ${seed}; it must be a whole number from 0 to 2^53 - 1`)
  return Uint32Array.of(Math.floor(seed / 2 ** 32), seed >>> 0)
}
