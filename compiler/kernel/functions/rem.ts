import type { Expr } from '../expr.ts'
import { leading, withSignOf } from './float-bits.ts'
import { add, apply, define, div, f32, less, mul, select, sub, variable } from './tree.ts'

const x = variable('x', 'f32')
const y = variable('y', 'f32')

/**
 * Takes whole multiples of |y| from |x| three times, each of 12 bits, and so each exactly: quotients below 2^36 are
 * used up. Beyond that neighbours of x are 2^12 |y| and more apart, and the remainder says nothing about what x stands
 * for.
 */
export const rem = define(
  'rem_f32',
  'x - y trunc(x / y), exact for quotients below 2^36, and 0 beyond.',
  [x, y],
  (bind) => {
    const [a, b] = [bind('a', apply('abs', x)), bind('b', apply('abs', y))]
    const within = bind('within', less(a, b))
    // Division is inexact near the greatest numbers; there nothing is lost by dividing both by 2^24.
    const scale = bind('scale', select(less(f32(2 ** 100), b), f32(2 ** -24), f32(1)))
    const divisor = bind('divisor', mul(b, scale))
    const high = bind('high', leading(divisor))
    const low = bind('low', sub(divisor, high))
    let left: Expr = bind('left0', mul(a, scale))
    const endless = bind('endless', apply('lessEqual', f32(2 ** 36), div(left, divisor)))
    for (const step of [1, 2, 3]) {
      const quotient = bind(`quotient${step}`, leading(apply('floor', div(left, divisor))))
      left = bind(`left${step}`, sub(sub(left, mul(quotient, high)), mul(quotient, low)))
    }
    // The last quotient may be one too many or too few.
    const above = bind('above', select(less(left, f32(0)), add(left, divisor), left))
    const inside = bind('inside', select(less(above, divisor), above, sub(above, divisor)))
    const size = bind('size', select(endless, f32(0), div(inside, scale)))
    const defined = apply('and', less(a, f32(Infinity)), less(f32(0), b))
    return select(within, x, select(defined, withSignOf(size, x), f32(Number.NaN)))
  },
)
