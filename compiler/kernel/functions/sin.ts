import type { Expr, Variable } from '../expr.ts'
import { word } from './float-bits.ts'
import { ofQuarterTurns, type Turned, x } from './quarter-turns.ts'
import { add, and, apply, type Bind, bitcast, equal, f32, fma, i32, mul, polynomial, select } from './tree.ts'

// Polynomials of Cephes sinf and cosf (S. Moshier), for |r| up to pi/4.

/** Of (sin(r) / r - 1) / r^2 in r^2. */
const sine = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4]
/** Of (cos(r) - 1 + r^2 / 2) / r^4 in r^2. */
const cosine = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5]

export const sin = ofQuarterTurns(
  'sin_f32',
  '|x| = n pi/2 + r, and plus or minus sin(r) or cos(r) by n mod 4. Within 2.5 ulp for all finite x.',
  (bind, turned) => bitcast(apply('xor', circle(bind, turned, turned.turns), and(word(x), i32(-(2 ** 31)))), 'f32'),
)

export const cos = ofQuarterTurns(
  'cos_f32',
  'sin(|x| + pi/2): |x| = n pi/2 + r, and plus or minus cos(r) or sin(r) by n mod 4. Within 2.5 ulp for all finite x.',
  (bind, turned) => bitcast(circle(bind, turned, bind('later', add(turned.turns, i32(1)))), 'f32'),
)

/** The bits of sin(turns pi/2 + rest). */
function circle(bind: Bind, { rest }: Turned, turns: Variable): Expr {
  const square = bind('square', mul(rest, rest))
  const odd = fma(polynomial(square, sine.map(f32)), mul(square, rest), rest)
  const even = fma(polynomial(square, cosine.map(f32)), mul(square, square), fma(square, f32(-0.5), f32(1)))
  const value = bind('magnitude', select(equal(and(turns, i32(1)), i32(0)), odd, even))
  // The sign bit is bit 1 of the quarter turns.
  return apply('xor', word(value), apply('shl', and(turns, i32(2)), i32(30)))
}
