import { expOf } from './exponential.ts'
import { withoutTwos, withSignOf } from './float-bits.ts'
import {
  add,
  apply,
  bitcast,
  cast,
  define,
  div,
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

const x = variable('x', 'f32')

/** Of (tanh(x) / x - 1) / x^2 in x^2, for |x| below 0.625. */
const near = [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3]

export const tanh = define(
  'tanh_f32',
  'x times a polynomial in x^2 near 0, and 1 - 2 / (e^2|x| + 1) beyond; e^2|x| = 2^n e^r by another polynomial. Cephes tanhf and expf (S. Moshier). Within 4 ulp, 2 where division is exact to the last place.',
  [x],
  (bind) => {
    const size = bind('size', apply('abs', x))
    const square = bind('square', mul(size, size))
    const small = bind('small', fma(mul(polynomial(square, near.map(f32)), square), size, size))
    // From 10 on the result is 1. NaN stays.
    const bounded = bind('bounded', select(less(f32(10), size), f32(10), size))
    const twice = bind('twice', add(bounded, bounded))
    const n = bind('n', apply('round', mul(twice, f32(Math.LOG2E))))
    const r = bind('r', withoutTwos(twice, n))
    const power = mul(expOf(r), bitcast(apply('shl', add(cast(n, 'i32'), i32(127)), i32(23)), 'f32'))
    const large = bind('large', sub(f32(1), div(f32(2), add(power, f32(1)))))
    return withSignOf(bind('value', select(less(size, f32(0.625)), small, large)), x)
  },
)
