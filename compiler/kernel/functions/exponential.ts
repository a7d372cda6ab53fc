import type { Expr, Variable } from '../expr.ts'
import { add, f32, fma, mul, polynomial } from './tree.ts'

/** Of (e^r - 1 - r) / r^2 in r, for |r| up to log(2) / 2. */
const coefficients = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4,
]

/** e^r. Cephes expf (S. Moshier). */
export const expOf = (r: Variable): Expr => add(fma(polynomial(r, coefficients.map(f32)), mul(r, r), r), f32(1))
