import { inBinary, leading, word } from './float-bits.ts'
import { add, apply, cast, define, div, equal, f32, fma, less, mul, polynomial, select, sub, variable } from './tree.ts'

const x = variable('x', 'f32')

/** Of (log(1 + f) - 2 s) / s in s^2, where s = f / (2 + f). */
const coefficients = [
  6.6666668653e-1, 4.0000000596e-1, 2.8571429849e-1, 2.2222198546e-1, 1.818357259e-1, 1.5313838422e-1, 1.479819864e-1,
]

export const log1p = define(
  'log1p',
  'log(1 + x): 1 + x = 2^k (1 + f), and log(1 + f) by a polynomial. FreeBSD s_log1pf.c (Sun Microsystems, 1993). Within 1 ulp.',
  [x],
  (bind) => {
    const near = bind('near', apply('and', less(f32(Math.SQRT1_2 - 1), x), less(x, f32(Math.SQRT2 - 1))))
    // The first bits of x, of which 1 + x is exact; from -1/2 down it is so with all of them. The others follow as
    // log(1 + d), d = (x - head) / (1 + head).
    const head = bind('head', select(less(x, f32(-0.5)), x, leading(x)))
    const u = bind('u', add(f32(1), head))
    const { shift, m: mantissa } = inBinary(bind, word(u), 0x3f3504f3)
    const k = bind('k', select(near, f32(0), cast(shift, 'f32')))
    const f = bind('f', select(near, x, sub(mantissa, f32(1))))
    const d = bind('d', div(sub(x, head), u))
    const c = bind('c', select(near, f32(0), fma(mul(d, d), f32(-0.5), d)))
    const half = bind('half', mul(f32(0.5), mul(f, f)))
    const s = bind('s', div(f, add(f32(2), f)))
    const z = bind('z', mul(s, s))
    const r = bind('r', mul(z, polynomial(z, coefficients.map(f32))))
    const rest = fma(s, add(half, r), fma(k, f32(9.0580006145e-6), c))
    const finite = bind('finite', sub(mul(k, f32(6.9313812256e-1)), sub(sub(half, rest), f)))
    const ends = bind(
      'ends',
      select(equal(x, f32(-1)), f32(-Infinity), select(less(x, f32(-1)), f32(Number.NaN), finite)),
    )
    // Infinity and NaN are themselves, and so is what is too small to have a square, with its sign.
    const itself = bind('itself', select(less(apply('abs', x), f32(2 ** -25)), x, ends))
    return select(less(x, f32(Infinity)), itself, x)
  },
)
