import type { Expr, Variable } from '../expr.ts'
import { clamp, inBinaryOfAny, isNegative, isNotANumber, leading, word } from './float-bits.ts'
import {
  add,
  and,
  apply,
  type Bind,
  bitcast,
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
const y = variable('y', 'f32')

/** Of 3/2 (log(m) - 2 s - 2/3 s^3) / s^5 in s^2, where s = (m - 1) / (m + 1). */
const logarithm = [6.0000002384e-1, 4.2857143283e-1, 3.3333334327e-1, 2.7272811532e-1, 2.3066075146e-1, 2.0697501302e-1]

/** Of (2^r - 1) / r in r, for |r| up to 1/2: minimax in relative error, 2e-10. */
const exponential = [
  0.693147182, 0.240226507, 0.0555040501, 0.00961808674, 0.00133379723, 0.000154520938, 0.0000143202324,
]

/**
 * x^y as C defines it. The logarithm is kept in two parts, since an error of it grows by |y log2 x|, up to 150. Built
 * of what every device rounds alike: sums, products and bits, so that no device's own logarithm is needed.
 */
export const pow = define(
  'pow_f32',
  '2^(y log2 |x|), log2 |x| in two parts: FreeBSD e_powf.c (Sun Microsystems, 1993); the sign and the special cases of C. Within 1.25 ulp.',
  [x, y],
  (bind) => {
    const size = bind('size', and(word(x), i32(0x7fffffff)))
    const { high, low } = log2InTwo(bind, size)

    // Beyond 2^33 in size, all powers of what is not 1 are 0 or infinite.
    const exponent = clamp(bind, y, -(2 ** 33), 2 ** 33)
    const head = bind('head', leading(exponent))
    const tail = bind('tail', fma(sub(exponent, head), high, mul(exponent, low)))
    const magnitude = exp2InTwo(bind, bind('product', mul(head, high)), tail)

    const whole = bind('whole', equal(apply('floor', y), y))
    const halfOfY = bind('half_of_y', mul(y, f32(0.5)))
    const odd = bind('odd', apply('and', whole, apply('not', equal(apply('floor', halfOfY), halfOfY))))

    // 0 and infinity: |x|^y is one of them again.
    const zero = bind('zero', equal(size, i32(0)))
    const endless = bind('endless', apply('lessEqual', i32(0x7f800000), size))
    const grows = equal(zero, less(y, f32(0)))
    const extreme = select(grows, f32(Infinity), f32(0))
    const unsigned = bind('unsigned', select(apply('or', zero, endless), extreme, magnitude))
    const sign = select(odd, and(word(x), i32(-(2 ** 31))), i32(0))
    const signed = bind('signed', bitcast(apply('xor', word(unsigned), sign), 'f32'))

    const negative = apply('and', isNegative(x), apply('not', apply('or', zero, endless)))
    const imaginary = apply('and', negative, apply('not', whole))
    const undefinedPower = bind(
      'undefined_power',
      apply('or', imaginary, apply('or', isNotANumber(x), isNotANumber(y))),
    )
    const power = bind('power', select(undefinedPower, f32(Number.NaN), signed))
    return select(apply('or', equal(x, f32(1)), equal(y, f32(0))), f32(1), power)
  },
)

/** log2 of the f32 with these bits, its sign being 0, as high + low, of which high has 12 bits. */
function log2InTwo(bind: Bind, size: Expr): { high: Variable; low: Variable } {
  // x = 2^n m with m between sqrt(3) / 2 and sqrt(3), which is near 1 or near 3/2.
  const binary = inBinaryOfAny(bind, size, 0x3f5db3d7)
  const [n, m] = [bind('n', binary.n), bind('m', binary.m)]
  const upper = bind('upper', less(f32(Math.sqrt(1.5)), m))
  const base = bind('base', select(upper, f32(1.5), f32(1)))
  const baseHigh = bind('base_high', select(upper, f32(5.84960938e-1), f32(0)))
  const baseLow = bind('base_low', select(upper, f32(1.56322085e-6), f32(0)))

  // s = (m - base) / (m + base), in two parts.
  const difference = bind('difference', sub(m, base))
  const inverse = bind('inverse', div(f32(1), add(m, base)))
  const s = bind('s', mul(difference, inverse))
  const sHigh = bind('s_high', leading(s))
  const sumHigh = bind('sum_high', leading(add(m, base)))
  const sumLow = bind('sum_low', sub(m, sub(sumHigh, base)))
  const sLow = bind('s_low', mul(inverse, sub(sub(difference, mul(sHigh, sumHigh)), mul(sHigh, sumLow))))

  // log(m / base) = 2/3 s (3 + s^2 + ...), in two parts.
  const square = bind('square', mul(s, s))
  const series = mul(mul(square, square), polynomial(square, logarithm.map(f32)))
  const rest = bind('rest', fma(sLow, add(sHigh, s), series))
  const squareHigh = bind('square_high', mul(sHigh, sHigh))
  const factor = bind('factor', leading(add(add(f32(3), squareHigh), rest)))
  const factorLow = bind('factor_low', sub(rest, sub(sub(factor, f32(3)), squareHigh)))
  const main = bind('main', mul(sHigh, factor))
  const minor = bind('minor', fma(sLow, factor, mul(factorLow, s)))
  const sum = bind('sum', leading(add(main, minor)))
  const sumRest = bind('sum_rest', sub(minor, sub(sum, main)))

  // Times 2 / (3 log 2) = 0.96191406 - 0.00011736857, plus log2(base) and n.
  const scaled = bind('scaled', mul(f32(9.619140625e-1), sum))
  const scaledRest = bind(
    'scaled_rest',
    add(fma(f32(-1.1736857402e-4), sum, mul(sumRest, f32(9.6179670095e-1))), baseLow),
  )
  const high = bind('log_high', leading(add(add(add(scaled, scaledRest), baseHigh), n)))
  const low = bind('log_low', sub(scaledRest, sub(sub(sub(high, n), baseHigh), scaled)))
  return { high, low }
}

/** 2^(product + tail), infinite or 0 where it leaves f32. */
function exp2InTwo(bind: Bind, product: Expr, tail: Expr): Expr {
  const sum = bind('exponent_sum', add(product, tail))
  const large = bind('large', less(f32(200), apply('abs', sum)))
  const bounded = bind('bounded', select(large, select(less(sum, f32(0)), f32(-200), f32(200)), product))
  const rest = bind('bounded_rest', select(large, f32(0), tail))
  const nearest = bind('nearest', apply('round', add(bounded, rest)))
  const r = bind('r', add(sub(bounded, nearest), rest))
  const fraction = bind('fraction', fma(polynomial(r, exponential.map(f32)), r, f32(1)))
  // In two steps: 2^nearest alone may be infinite or denormal where the result is not.
  const steps = bind('steps', cast(nearest, 'i32'))
  const half = bind('half', apply('shr', steps, i32(1)))
  const twoTo = (k: Expr): Expr => bitcast(apply('shl', add(k, i32(127)), i32(23)), 'f32')
  return bind('magnitude', mul(mul(fraction, twoTo(half)), twoTo(sub(steps, half))))
}
