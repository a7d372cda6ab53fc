import { logOf } from './log.ts'
import { add, apply, define, div, equal, f32, less, mul, polynomial, select, sub, variable } from './tree.ts'

const x = variable('x', 'f32')

/** For w < 5 in v = w - 2.5, and for w >= 5 in v = sqrt(w) - 3; from the constant term up. */
const coefficients: readonly (readonly [number, number])[] = [
  [1.50140941, 2.83297682],
  [0.246640727, 1.00167406],
  [-0.00417768164, 0.00943887047],
  [-0.00125372503, -0.0076224613],
  [0.00021858087, 0.00573950773],
  [-4.39150654e-6, -0.00367342844],
  [-3.5233877e-6, 0.00134934322],
  [3.43273939e-7, 0.000100950558],
  [2.81022636e-8, -0.000200214257],
]

export const erfInv = define(
  'erf_inv',
  'The inverse of erf: x times a polynomial in w = -log((1 - x)(1 + x)). M. Giles, Approximating the erfinv function, GPU Computing Gems Jade (2011). Within 5 ulp.',
  [x],
  (bind) => {
    const inside = bind('inside', mul(sub(f32(1), x), add(f32(1), x)))
    const w = bind('w', apply('neg', logOf(bind, inside)))
    const central = bind('central', less(w, f32(5)))
    const v = bind('v', select(central, sub(w, f32(2.5)), sub(apply('sqrt', w), f32(3))))
    const series = polynomial(
      v,
      coefficients.map(([near, far]) => select(central, f32(near), f32(far))),
    )
    // At +-1 the quotient is +-infinity, which no polynomial reaches and some targets cannot write as a constant.
    const size = apply('abs', x)
    return select(equal(size, f32(1)), div(x, sub(f32(1), size)), mul(x, series))
  },
)
