import { word } from './float-bits.ts'
import { ofQuarterTurns, x } from './quarter-turns.ts'
import { and, apply, bitcast, div, equal, f32, fma, i32, mul, polynomial, select } from './tree.ts'

/** Of (tan(r) / r - 1) / r^2 in r^2, for |r| up to pi/4: minimax in relative error, 1.3e-9. */
const coefficients = [0.333333492, 0.133326754, 0.0540589057, 0.0212862901, 0.0108271251, 0.0000987711755, 0.0043723844]

export const tan = ofQuarterTurns(
  'tan',
  '|x| = n pi/2 + r, and tan(r) by a polynomial, or -1 / tan(r) where n is odd. For all finite x within 5.5 ulp, 3.5 where division is exact to the last place.',
  (bind, { turns, rest }) => {
    const square = bind('square', mul(rest, rest))
    const small = bind('small', fma(mul(polynomial(square, coefficients.map(f32)), square), rest, rest))
    const even = equal(and(turns, i32(1)), i32(0))
    const size = bind('magnitude', select(even, small, div(f32(-1), small)))
    return bitcast(apply('xor', word(size), and(word(x), i32(-(2 ** 31)))), 'f32')
  },
)
