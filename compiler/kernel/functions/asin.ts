import type { Expr } from '../expr.ts'
import { leading, withSignOf } from './float-bits.ts'
import { add, apply, type Bind, define, div, f32, fma, less, mul, polynomial, select, sub, variable } from './tree.ts'

const x = variable('x', 'f32')

/** Of (asin(s) / s - 1) / s^2 in s^2, for s up to 1/2. */
const coefficients = [1.6666752422e-1, 7.4953002686e-2, 4.5470025998e-2, 2.4181311049e-2, 4.2163199048e-2]

/** pi/2 in two parts. */
const [high, low] = [1.5707963705062866, -4.371138828673793e-8]

export const asin = define(
  'asin',
  'By a polynomial up to 1/2, and beyond as pi/2 - 2 asin(sqrt((1 - x) / 2)). Cephes asinf (S. Moshier). Within 1 ulp.',
  [x],
  (bind) => {
    const { beyond, outside, root, rest } = arcsine(bind)
    // pi/4 - (2 rest - (pi/4 - 2 root)), in which root has few bits.
    const inner = bind('inner', sub(f32(high / 2), mul(f32(2), root)))
    const far = bind('far', sub(f32(high / 2), sub(sub(mul(f32(2), rest), f32(low)), inner)))
    const size = bind('size', select(beyond, far, add(root, rest)))
    return select(outside, f32(Number.NaN), withSignOf(size, x))
  },
)

export const acos = define(
  'acos',
  'pi/2 - asin(x) up to 1/2, and beyond 2 asin(sqrt((1 - x) / 2)), of -x less pi. Cephes acosf (S. Moshier). Within 1.5 ulp.',
  [x],
  (bind) => {
    const { beyond, outside, root, rest } = arcsine(bind)
    const angle = bind('angle', add(root, rest))
    const near = bind('near', sub(f32(high), sub(withSignOf(angle, x), f32(low))))
    const twice = bind('twice', mul(f32(2), angle))
    const mirrored = sub(f32(2 * high), sub(twice, f32(2 * low)))
    const far = bind('far', select(less(x, f32(0)), mirrored, twice))
    return select(outside, f32(Number.NaN), select(beyond, far, near))
  },
)

/**
 * asin(s) = root + rest for s = |x| up to 1/2, and for s = sqrt((1 - |x|) / 2) beyond; there the root has 12 bits, and
 * what the square root lost is in the rest (FreeBSD e_asinf.c).
 */
function arcsine(bind: Bind): { beyond: Expr; outside: Expr; root: Expr; rest: Expr } {
  const a = bind('a', apply('abs', x))
  const beyond = bind('beyond', less(f32(0.5), a))
  const square = bind('square', select(beyond, mul(f32(0.5), sub(f32(1), a)), mul(a, a)))
  const s = bind('s', select(beyond, apply('sqrt', square), a))
  const head = bind('head', leading(s))
  const lost = div(sub(square, mul(head, head)), add(s, head))
  const tail = bind('tail', select(apply('and', beyond, less(f32(0), s)), lost, f32(0)))
  const root = bind('root', select(beyond, head, a))
  const rest = bind('rest', fma(mul(polynomial(square, coefficients.map(f32)), square), s, tail))
  return { beyond, outside: less(f32(1), a), root, rest }
}
