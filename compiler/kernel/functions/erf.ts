import { withSignOf } from './float-bits.ts'
import { apply, define, f32, fma, less, mul, polynomial, select, sub, variable } from './tree.ts'

const x = variable('x', 'f32')

/** Of erf(x) / x - 1 in x^2, for |x| below 0.9277. */
const near = [0.128379166, -0.376125336, 0.112819925, -0.0267681349, 0.00499119423, -0.000596761703]
/** Of log(erfc(x)) / x + 1 in x, beyond it. */
const far = [-0.128717512, -0.634846687, -0.106777877, 0.0242546219, -0.00388396438, 0.000383197126, -0.000017285347]

export const erf = define(
  'erf',
  'x times a polynomial in x^2 near 0, and 1 - exp of a polynomial beyond. Polynomials by N. Juffa, erff() with less than 1 ulp of error (NVIDIA developer forums, 2018). Within 2 ulp.',
  [x],
  (bind) => {
    const size = bind('size', apply('abs', x))
    const square = bind('square', mul(x, x))
    const curved = fma(polynomial(square, near.map(f32)), x, x)
    // A device that has no denormals would take a part of what is nearly one for 0.
    const small = bind('small', select(less(size, f32(2 ** -60)), mul(x, f32(2 / Math.sqrt(Math.PI))), curved))
    // From 4 on the result is 1.
    const t = bind('t', select(less(f32(4), size), f32(4), size))
    const exponent = bind('exponent', fma(polynomial(t, far.map(f32)), t, apply('neg', t)))
    const large = bind('large', sub(f32(1), apply('exp', exponent)))
    return select(less(f32(0.927734375), size), withSignOf(large, x), small)
  },
)
