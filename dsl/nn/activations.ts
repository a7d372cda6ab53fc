import {
  add,
  erf,
  exp,
  expm1,
  greater,
  lessEqual,
  log1p,
  mul,
  neg,
  sigmoid as sigmoidOf,
  square,
  tanh as tanhOf,
  where,
} from '../operations/elementwise.ts'
import { checkFinite } from '../option.ts'
import type { Held } from '../trace/held.ts'
import { type Pointwise, pointwise } from './pointwise.ts'

// Where a function has two branches, the one that is not taken is given 0 in place of x: what overflows there would
// turn the gradient's 0 into NaN. NaN goes through all of them.

/** max(x, 0), with the slope 0 at 0. */
export const relu: Pointwise<'relu'> = pointwise('relu', (x) => where(lessEqual(x, 0, 'relu'), 0, x, 'relu'))

/** x where it is positive, else slope x (Maas et al. 2013). */
export function leakyRelu(slope = 0.01): Pointwise<'leakyRelu'> {
  checkFinite('leakyRelu', 'the slope', slope)
  return pointwise('leakyRelu', (x) => where(lessEqual(x, 0, 'leakyRelu'), mul(x, slope, 'leakyRelu'), x, 'leakyRelu'))
}

/** x where it is positive, else alpha (exp(x) - 1) (Clevert et al. 2016). */
export function elu(alpha = 1): Pointwise<'elu'> {
  checkFinite('elu', 'alpha', alpha)
  return pointwise('elu', (x) => exponentialBelow('elu', x, alpha))
}

/** The elu that keeps mean 0 and variance 1, by the constants of Klambauer et al. 2017. */
export const selu: Pointwise<'selu'> = pointwise('selu', (x) =>
  mul(exponentialBelow('selu', x, 1.6732632423543772), 1.0507009873554805, 'selu'),
)

function exponentialBelow(op: string, x: Held, alpha: number): Held {
  const below = lessEqual(x, 0, op)
  const curve = expm1(where(below, x, 0, op), op)
  return where(below, alpha === 1 ? curve : mul(curve, alpha, op), x, op)
}

/** x Phi(x), with the normal distribution function as (1 + erf(x / sqrt(2))) / 2 (Hendrycks and Gimpel 2016). */
export const gelu: Pointwise<'gelu'> = pointwise('gelu', (x) => {
  const twice = add(erf(mul(x, Math.SQRT1_2, 'gelu'), 'gelu'), 1, 'gelu')
  return mul(mul(x, 0.5, 'gelu'), twice, 'gelu')
})

/** The approximation of gelu, to 1e-3, as x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
export const geluTanh: Pointwise<'geluTanh'> = pointwise('geluTanh', (x) => {
  const op = 'geluTanh'
  const slope = add(mul(square(x, op), 0.044715 * Math.sqrt(2 / Math.PI), op), Math.sqrt(2 / Math.PI), op)
  return mul(mul(x, 0.5, op), add(tanhOf(mul(x, slope, op), op), 1, op), op)
})

/** x sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu: Pointwise<'silu'> = pointwise('silu', (x) => mul(x, sigmoidOf(x), 'silu'))

/** log(1 + exp(x)), without overflow. */
export const softplus: Pointwise<'softplus'> = pointwise('softplus', (x) => softplusOf('softplus', x))

/** x tanh(softplus(x)) (Misra 2019). */
export const mish: Pointwise<'mish'> = pointwise('mish', (x) => mul(x, tanhOf(softplusOf('mish', x), 'mish'), 'mish'))

export const tanh: Pointwise<'tanh'> = pointwise('tanh', tanhOf)

/** 1 / (1 + exp(-x)). */
export const sigmoid: Pointwise<'sigmoid'> = pointwise('sigmoid', sigmoidOf)

/**
 * max(x, 0) + log(1 + exp(-|x|)), as one branch or the other, whose derivatives of all orders are those of softplus at
 * 0 too.
 */
export function softplusOf(op: string, x: Held): Held {
  const above = greater(x, 0, op)
  return add(where(above, x, 0, op), log1p(exp(where(above, neg(x, op), x, op), op), op), op)
}
