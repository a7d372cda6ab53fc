import type { Expr } from '../expr.ts'
import { isNegative, isNotANumber, withSignOf } from './float-bits.ts'
import {
  add,
  apply,
  type Bind,
  define,
  div,
  equal,
  f32,
  fma,
  less,
  mul,
  polynomial,
  select,
  sub,
  variable,
} from './tree.ts'

const x = variable('x', 'f32')
const y = variable('y', 'f32')

/** Of (atan(q) / q - 1) / q^2 in q^2, for q up to 1: minimax in relative error, 2.7e-9. */
const coefficients = [
  -0.333332986, 0.199985296, -0.142640144, 0.109508611, -0.0839920789, 0.0578788705, -0.0310935341, 0.0108662713,
  -0.00178214419,
]

/** pi/2 in two parts. */
const [high, low] = [1.5707963705062866, -4.371138828673793e-8]

export const atan = define(
  'atan',
  'By a polynomial up to 1, and beyond as pi/2 - atan(1 / x). Within 2.5 ulp, 1.5 where division is exact to the last place.',
  [x],
  (bind) => {
    const a = bind('a', apply('abs', x))
    const steep = bind('steep', less(f32(1), a))
    const angle = arctangent(bind, select(steep, div(f32(1), a), a))
    return withSignOf(bind('size', select(steep, fromHalfPi(angle), angle)), x)
  },
)

export const atan2 = define(
  'atan2',
  'The angle of the point (x, y): atan of the lesser by the greater of |x| and |y|, and from it the angle in its eighth of the circle. Within 2.5 ulp, 1.5 where division is exact to the last place.',
  [y, x],
  (bind) => {
    const [a, b] = [bind('a', apply('abs', x)), bind('b', apply('abs', y))]
    const steep = bind('steep', less(a, b))
    const greater = bind('greater', select(steep, b, a))
    const lesser = bind('lesser', select(steep, a, b))
    // Division is inexact near the greatest numbers, and not defined for both 0 or both infinite.
    const scale = bind('scale', select(less(f32(2 ** 100), greater), f32(2 ** -24), f32(1)))
    const quotient = bind('quotient', div(mul(lesser, scale), mul(greater, scale)))
    const infinite = select(equal(lesser, greater), f32(1), f32(0))
    const ends = bind('ends', select(less(greater, f32(Infinity)), quotient, infinite))
    const angle = arctangent(bind, select(equal(greater, f32(0)), f32(0), ends))
    // The angle from the nearest half axis, and which way it is counted.
    const negative = bind('negative', isNegative(x))
    const axis = select(steep, f32(high), select(negative, f32(2 * high), f32(0)))
    const axisLow = select(steep, f32(low), select(negative, f32(2 * low), f32(0)))
    const back = select(equal(steep, negative), apply('neg', angle), angle)
    const size = bind('size', sub(axis, sub(back, axisLow)))
    return select(apply('or', isNotANumber(x), isNotANumber(y)), add(x, y), withSignOf(size, y))
  },
)

/** atan(q) for q in 0 .. 1 */
function arctangent(bind: Bind, q: Expr): Expr {
  const [slope, square] = [bind('slope', q), variable('square', 'f32')]
  bind(square.name, mul(slope, slope))
  return bind('angle', fma(mul(polynomial(square, coefficients.map(f32)), square), slope, slope))
}

function fromHalfPi(angle: Expr): Expr {
  return sub(f32(high), sub(angle, f32(low)))
}
