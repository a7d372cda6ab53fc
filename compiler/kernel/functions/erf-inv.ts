import type { ScalarFunction } from '../expr.ts'
import { apply, number, polynomial, variable } from './tree.ts'

const x = variable('x', 'f32')
const w = variable('w', 'f32')
const central = variable('central', 'bool')
const v = variable('v', 'f32')

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

const one = number(1, 'f32')

export const erfInv: ScalarFunction = {
  name: 'erf_inv',
  about:
    'The inverse of erf: x times a polynomial in w = -log((1 - x)(1 + x)). M. Giles, Approximating the erfinv function, GPU Computing Gems Jade (2011).',
  params: [x],
  body: [
    { variable: w, value: apply('neg', apply('log', apply('mul', apply('sub', one, x), apply('add', one, x)))) },
    { variable: central, value: apply('less', w, number(5, 'f32')) },
    {
      variable: v,
      value: apply(
        'select',
        central,
        apply('sub', w, number(2.5, 'f32')),
        apply('sub', apply('sqrt', w), number(3, 'f32')),
      ),
    },
  ],
  results: [
    // At +-1 the quotient is +-infinity, which no polynomial reaches and some targets cannot write as a constant.
    apply(
      'select',
      apply('equal', apply('abs', x), one),
      apply('div', x, apply('sub', one, apply('abs', x))),
      apply(
        'mul',
        x,
        polynomial(
          v,
          coefficients.map(([near, far]) => apply('select', central, number(near, 'f32'), number(far, 'f32'))),
        ),
      ),
    ),
  ],
}
