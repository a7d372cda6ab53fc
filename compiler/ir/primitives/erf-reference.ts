/**
 * erf in float64, to about 1e-15 relative. Below 1.5 its series of positive terms, 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 /
 * 3 + 4 x^5 / 15 + ...); beyond, 1 less erfc. M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964),
 * 7.1.6.
 */
export function erfReference(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (size >= tail) return Math.sign(x) * (1 - erfcReference(size))
  let sum = 0
  for (let k = 0, term = x; sum + term !== sum; k++, term *= (2 * x * x) / (2 * k + 1)) sum += term
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** From where erfc is made by its continued fraction, whose 160 terms are enough there. */
export const tail = 1.5

/**
 * 1 - erf(x) for x from 1.5, to about 1e-15 relative: exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x
 * + ...)))). Abramowitz and Stegun, 7.1.14.
 */
export function erfcReference(x: number): number {
  let below = x
  for (let k = 160; k >= 1; k--) below = x + k / 2 / below
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * below)
}
