/**
 * erf in float64, to about 1e-15 relative. Below 2.5 its series of positive terms, 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...); beyond, 1 less the continued fraction
 * erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...)))). M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964), 7.1.6 and 7.1.14.
 */
export function erfReference(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (size >= 6) return Math.sign(x)
  if (size >= 2.5) {
    let below = size
    for (let k = 60; k >= 1; k--) below = size + k / 2 / below
    return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * below))
  }
  let sum = 0
  for (let k = 0, term = x; sum + term !== sum; k++, term *= (2 * x * x) / (2 * k + 1)) sum += term
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}
