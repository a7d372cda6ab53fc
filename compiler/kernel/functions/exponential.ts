import type { Expr, Variable } from '../expr.ts'
import { add, f32, fma, mul, polynomial } from './tree.ts'

// What e^x = 2^n e^r and its inverse are made of, after the Cephes library (S. Moshier, single precision).

/** log 2 in two parts: the first has few bits, so that its multiples by an exponent are exact. */
export const [log2High, log2Low] = [0.693359375, -2.1219444e-4] as const

/** x - n log 2. `kept` is done to what is left after the first part. */
export const withoutTwos = (x: Expr, n: Expr, kept: (left: Expr) => Expr = (left) => left): Expr =>
  fma(n, f32(-log2Low), kept(fma(n, f32(-log2High), x)))

/** Of (e^r - 1 - r) / r^2 in r, for |r| up to log(2) / 2. */
const coefficients = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4,
]

/** e^r. */
export const expOf = (r: Variable): Expr => add(fma(polynomial(r, coefficients.map(f32)), mul(r, r), r), f32(1))
