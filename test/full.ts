/** Whether this is `npm run test:full`. */
export const isFull = process.env.FLUXION_TESTS === 'full'

/** How many times as many random cases it tries as `npm test`. */
export const times: number = isFull ? 20 : 1

/** Draws other cases every time; `SEED=... npm test` draws the same again. */
export const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)

/** Of cases that take long every n-th, others every time; all of them by `npm run test:full`. */
export function everyNth<T>(cases: readonly T[], n: number): readonly T[] {
  if (isFull) return cases
  console.info(`one in ${n} of ${cases.length} cases, of seed ${seed}`)
  return cases.filter((_, i) => i % n === seed % n)
}
