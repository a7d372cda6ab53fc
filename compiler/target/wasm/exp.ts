import type { Expr } from '../../kernel/expr.ts'
import { word } from '../../kernel/functions/float-bits.ts'
import {
  add,
  apply,
  type Bind,
  bitcast,
  define,
  f32,
  fma,
  i32,
  less,
  mul,
  polynomial,
  select,
  sub,
  variable,
} from '../../kernel/functions/tree.ts'

/** Of (e^r - 1 - r) / r^2 in r. */
const coefficients = [
  5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4,
]

/**
 * The operator for which WebAssembly has no instruction, in the kernel language, so that one text serves one lane and
 * four. Within 2 ulp, multiply-adds being rounded once or twice, denormal results too; overflow is infinity, underflow
 * 0 and NaN itself.
 */
export const exp = define(
  'exp',
  'e^x: x = n log 2 + r, and e^r by a polynomial. Cephes expf (S. Moshier).',
  [variable('x', 'f32')],
  (bind) => {
    const bounded = clamp(bind, variable('x', 'f32'), -104, 89)
    // Beside this number floats are whole ones, so what is added to it is rounded, and its last bits are what that is.
    const whole = 1.5 * 2 ** 23 + 254
    const shifted = bind('shifted', fma(bounded, f32(Math.LOG2E), f32(whole)))
    const n = bind('n', sub(shifted, f32(whole)))
    const r = bind('r', fma(n, f32(2.1219444e-4), fma(n, f32(-0.693359375), bounded)))
    const series = polynomial(r, coefficients.map(f32))
    const power = bind('power', add(fma(series, mul(r, r), r), f32(1)))
    // 2^n in two steps, since 2^n alone may overflow or be denormal where the result does not. Halves of n + 254, each
    // n / 2 and the bias of an exponent; what stands above them is moved out.
    const exponents = word(shifted)
    const half = bind('half', apply('shr', exponents, i32(1)))
    const twoTo = (exponent: Expr): Expr => bitcast(apply('shl', exponent, i32(23)), 'f32')
    return mul(mul(power, twoTo(half)), twoTo(sub(exponents, half)))
  },
)

/**
 * Leaves NaN as it is, which a minimum and a maximum need not; comparing this way round is one instruction each in
 * lanes.
 */
function clamp(bind: Bind, x: Expr, low: number, high: number) {
  const above = bind('above', select(less(x, f32(low)), f32(low), x))
  return bind('within', select(less(f32(high), above), f32(high), above))
}
