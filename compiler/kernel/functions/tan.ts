import {
  and,
  apply,
  cast,
  define,
  div,
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

const x = variable('x', 'f32')

/** pi/2 in parts of few bits, whose multiples by whole numbers up to 2^13 are exact. */
const halfPi = [1.5703125, 4.837512969970703e-4, 7.549533620476723e-8, 2.56334406825709e-12]

/** Of (tan(r) / r - 1) / r^2 in r^2, for |r| up to pi/4: minimax in relative error, 1.3e-9. */
const coefficients = [0.333333492, 0.133326754, 0.0540589057, 0.0212862901, 0.0108271251, 0.0000987711755, 0.0043723844]

export const tan = define(
  'tan',
  'x = n pi/2 + r (Cody and Waite), and tan(r) by a polynomial, or -1 / tan(r) where n is odd. Within 3 ulp for |x| up to 10000; beyond that the error grows as |x| does.',
  [x],
  (bind) => {
    const n = bind('n', apply('round', mul(x, f32(2 / Math.PI))))
    let near = bind('near0', x)
    for (const [k, part] of halfPi.entries()) near = bind(`near${k + 1}`, sub(near, mul(n, f32(part))))
    // Only for arguments so large that the reduction has lost them do these bounds change anything.
    const above = bind('above', select(less(near, f32(-0.8)), f32(-0.8), near))
    const r = bind('r', select(less(f32(0.8), above), f32(0.8), above))
    const square = bind('square', mul(r, r))
    const small = bind('small', fma(mul(polynomial(square, coefficients.map(f32)), square), r, r))
    const even = equal(and(cast(n, 'i32'), i32(1)), i32(0))
    const value = bind('value', select(even, small, div(f32(-1), small)))
    return select(less(apply('abs', x), f32(2 ** -12)), x, value)
  },
)
