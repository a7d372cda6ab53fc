import type { Expr } from '../expr.ts'
import { inBinaryOfAny, log2High, log2Low, word } from './float-bits.ts'
import {
  add,
  apply,
  type Bind,
  define,
  equal,
  f32,
  fma,
  i32,
  less,
  mul,
  polynomial,
  select,
  sub,
  variable,
} from './tree.ts'

/** Of (log(1 + r) - r + r^2 / 2) / r^3 in r. */
const coefficients = [
  3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.2420140846e-1,
  1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
]

/**
 * The steps of `log`. What x is gets asked of its bits, as a GPU may take a denormal for 0 and may do as if there were
 * no NaN.
 */
export function logOf(bind: Bind, x: Expr): Expr {
  const own = bind('own', word(x))
  const { n, m } = inBinaryOfAny(bind, own, 0x3f3504f3)
  const e = bind('e', n)
  const r = bind('r', sub(m, f32(1)))
  const square = bind('square', mul(r, r))
  const series = mul(mul(r, square), polynomial(r, coefficients.map(f32)))
  const tail = fma(square, f32(-0.5), fma(e, f32(log2Low), series))
  const finite = bind('finite', fma(e, f32(log2High), add(r, tail)))
  // Infinity and NaN are themselves; a zero has infinity, and what else is below 0 has NaN.
  const proper = bind('proper', select(less(own, i32(0x7f800000)), finite, x))
  const improper = select(equal(apply('shl', own, i32(1)), i32(0)), f32(-Infinity), f32(Number.NaN))
  return select(less(i32(0), own), proper, improper)
}

const x = variable('x', 'f32')

/** WGSL's own may be off by 2^-21 wherever x is near 1, which is all of the result. */
export const log = define(
  'log_f32',
  'log(x): x = 2^e m with sqrt(1/2) <= m < sqrt(2), and log(m) by a polynomial in r = m - 1. Cephes logf (S. Moshier). Within 1 ulp.',
  [x],
  (bind) => logOf(bind, x),
)
