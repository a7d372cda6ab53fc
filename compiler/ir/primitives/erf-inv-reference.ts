/**
 * The inverse of erf in float64, to about 1e-16 relative: erfInv(x) = q((1 + x) / 2) / sqrt(2), with q the normal quantile by M. J. Wichura, Algorithm AS 241
 * (PPND16), Applied Statistics 37 (1988) 477-484. Written in x, whose tails 1 - |x| are exact where (1 + x) / 2 is not.
 */
export function erfInvReference(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 1) return Number.NaN
  if (Math.abs(x) === 1) return x * Number.POSITIVE_INFINITY
  const q = x / 2
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * (polynomial(centralA, r) / polynomial(centralB, r))) / Math.SQRT2
  }
  const r = Math.sqrt(-Math.log((1 - Math.abs(x)) / 2))
  const tail =
    r <= 5 ? polynomial(nearC, r - 1.6) / polynomial(nearD, r - 1.6) : polynomial(farE, r - 5) / polynomial(farF, r - 5)
  return (Math.sign(x) * tail) / Math.SQRT2
}

/** Coefficients from the constant term up. */
const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

const centralA = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
]
const centralB = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
]
const nearC = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
]
const nearD = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const farE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
]
const farF = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
]
