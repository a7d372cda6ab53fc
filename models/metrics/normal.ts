/** The quantile of N(0, 1) at 0 < p < 1, to 9 digits, by the rational approximations of Acklam (2003). */
export const normalQuantile = (p: number): number => {
  if (!(p > 0 && p < 1)) throw new Error(`normalQuantile: expected a probability between 0 and 1; got ${p}`)
  if (p > 0.5) return -normalQuantile(1 - p)
  if (p >= 0.02425) {
    const q = p - 0.5
    return (q * polynomial(centreAbove, q * q)) / polynomial(centreBelow, q * q)
  }
  const q = Math.sqrt(-2 * Math.log(p))
  return polynomial(tailAbove, q) / polynomial(tailBelow, q)
}

/** By falling powers. */
const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((value, coefficient) => value * x + coefficient, 0)

const centreAbove = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
]
const centreBelow = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
]
const tailAbove = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const tailBelow = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]
