import type { ScalarFunction } from '../expr.ts'
import { apply, number, polynomial, variable } from './tree.ts'

const x = variable('x', 'f32')
const near = variable('near', 'f32')

/** 1 / 2!, 1 / 3!, ... 1 / 12! */
const coefficients: number[] = []
for (let k = 2, factorial = 2; k <= 12; factorial *= ++k) coefficients.push(1 / factorial)

export const expm1: ScalarFunction = {
  name: 'expm1',
  about:
    'exp(x) - 1. Within -1 .. 1 by its Taylor series x + x^2 (1/2! + x/3! + ...), where the difference would cancel.',
  params: [x],
  body: [
    {
      variable: near,
      value: apply(
        'fma',
        apply('mul', x, x),
        polynomial(
          x,
          coefficients.map((c) => number(c, 'f32')),
        ),
        x,
      ),
    },
  ],
  results: [
    apply(
      'select',
      apply('less', apply('abs', x), number(1, 'f32')),
      near,
      apply('sub', apply('exp', x), number(1, 'f32')),
    ),
  ],
}
