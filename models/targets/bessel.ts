/**
 * exp(-x) I_0(x) for x >= 0, the modified Bessel function of order 0, scaled so that it does not overflow; to 1e-14.
 *
 * Up to 20 the power series sum (x^2 / 4)^k / (k!)^2, whose terms are positive (Abramowitz and Stegun 9.6.12); beyond,
 * the asymptotic series (2 pi x)^(-1/2) sum ((2 k - 1)!!)^2 / (k! (8 x)^k) (9.7.1), whose least term is then about
 * exp(-2 x) < 1e-17.
 */
export const scaledBesselI0 = (x: number): number => {
  const near = x <= 20
  let term = 1
  let sum = 1
  for (let k = 1; k < 80 && term > 1e-17 * sum; k += 1) {
    const ratio = near ? x ** 2 / (4 * k * k) : (2 * k - 1) ** 2 / (8 * k * x)
    if (!near && ratio >= 1) break
    term *= ratio
    sum += term
  }
  return near ? Math.exp(-x) * sum : sum / Math.sqrt(2 * Math.PI * x)
}
