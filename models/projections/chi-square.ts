/**
 * The probability that a chi-square variable of d degrees of freedom, divided by d, is within 1 +- eps: that a Gaussian
 * projection to d dimensions changes a squared distance by no more.
 */
export const chiSquareWithin = (d: number, eps: number): number =>
  lowerGamma(d / 2, (d / 2) * (1 + eps)) - (eps < 1 ? lowerGamma(d / 2, (d / 2) * (1 - eps)) : 0)

/**
 * The regularised lower incomplete gamma function P(a, x), for a a multiple of 1/2: x^a e^-x / Gamma(a + 1) * sum_n x^n
 * / ((a + 1) ... (a + n)) (DLMF 8.7.1).
 */
function lowerGamma(a: number, x: number): number {
  let sum = 1
  let term = 1
  for (let n = 1; term > 1e-17 * sum; n += 1) {
    term *= x / (a + n)
    sum += term
  }
  return Math.exp(a * Math.log(x) - x - logGammaOfNext(a) + Math.log(sum))
}

/** log Gamma(a + 1), from Gamma(1) = 1 or Gamma(1/2) = sqrt(pi). */
function logGammaOfNext(a: number): number {
  let sum = Number.isInteger(a) ? 0 : Math.log(Math.PI) / 2
  for (let factor = a; factor > 0; factor -= 1) sum += Math.log(factor)
  return sum
}
