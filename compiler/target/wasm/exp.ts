import type { Expr } from '../../kernel/expr.ts'
import { expOf } from '../../kernel/functions/exponential.ts'
import { clamp, withoutTwos, word } from '../../kernel/functions/float-bits.ts'
import { apply, bitcast, define, f32, fma, i32, mul, sub, variable } from '../../kernel/functions/tree.ts'

const x = variable('x', 'f32')

/**
 * The operator for which WebAssembly has no instruction, in the kernel language, so that one text serves one lane and
 * four. Within 2 ulp, multiply-adds being rounded once or twice, denormal results too; overflow is infinity, underflow
 * 0 and NaN itself.
 */
export const exp = define(
  'exp',
  'e^x: x = n log 2 + r, and e^r by a polynomial. Cephes expf (S. Moshier).',
  [x],
  (bind) => {
    const bounded = clamp(bind, x, -104, 89)
    // Beside this number floats are whole ones, so what is added to it is rounded, and its last bits are what that is.
    const whole = 1.5 * 2 ** 23 + 254
    const shifted = bind('shifted', fma(bounded, f32(Math.LOG2E), f32(whole)))
    const n = bind('n', sub(shifted, f32(whole)))
    const power = bind('power', expOf(bind('r', withoutTwos(bounded, n))))
    // 2^n in two steps, since 2^n alone may overflow or be denormal where the result does not. Halves of n + 254, each
    // n / 2 and the bias of an exponent; what stands above them is moved out.
    const exponents = word(shifted)
    const half = bind('half', apply('shr', exponents, i32(1)))
    const twoTo = (exponent: Expr): Expr => bitcast(apply('shl', exponent, i32(23)), 'f32')
    return mul(mul(power, twoTo(half)), twoTo(sub(exponents, half)))
  },
)
