import { clamp, unseen, withoutTwos, word } from './float-bits.ts'
import {
  add,
  apply,
  bitcast,
  cast,
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
} from './tree.ts'

const x = variable('x', 'f32')

/** 1 / 2!, 1 / 3!, ... 1 / 8! */
const coefficients: number[] = []
for (let k = 2, factorial = 2; k <= 8; factorial *= ++k) coefficients.push(1 / factorial)

/** WGSL's own exp may be off by 2 |x| units in the last place. */
export const expm1 = define(
  'expm1',
  'exp(x) - 1: x = n log 2 + r, p = exp(r) - 1 by its Taylor series, and 2^n p + (2^n - 1). Within 1.5 ulp.',
  [x],
  (bind) => {
    // Below -30 it is -1 and above 89 infinity.
    const bounded = clamp(bind, x, -30, 89)
    const n = bind('n', apply('round', mul(bounded, f32(Math.LOG2E))))
    const isNumber = less(word(x), i32(0x7f800000))
    const r = bind(
      'r',
      withoutTwos(bounded, n, (left) => unseen(left, isNumber)),
    )
    const p = fma(mul(r, r), polynomial(r, coefficients.map(f32)), r)
    // By half of 2^n, which is a number where the result is.
    const half = bind('half', bitcast(apply('shl', add(cast(n, 'i32'), i32(126)), i32(23)), 'f32'))
    const finite = mul(f32(2), fma(half, p, sub(half, f32(0.5))))
    // What has no square is itself, with its sign, and so are infinity and NaN.
    const itself = bind('itself', select(less(apply('abs', x), f32(2 ** -25)), x, finite))
    return select(less(x, f32(Infinity)), itself, x)
  },
)
