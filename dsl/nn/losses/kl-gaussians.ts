import { add, exp, expm1, mul, neg, square, sub } from '../../operations/elementwise.ts'
import { optionsOf } from '../../option.ts'
import { type Alike, alike, type Beside, beside, type Reduced, type Reduction } from '../../shape/loss.ts'
import type { Needs } from '../../shape/rule.ts'
import type { AnyTensor, Operand } from '../../tensor.ts'
import type { Held } from '../../trace/held.ts'
import { check } from '../../trace/trace.ts'
import { heldTensor, operand } from '../../traced-tensor.ts'
import { type LossOptions, reduced, typed } from './reduced.ts'

const op = 'klGaussians'

/**
 * KL(N(mean, variance) || N(mean2, variance2)) of each element, for logarithms of variances: (exp(d) - 1 - d + (mean -
 * mean2)^2 / variance2) / 2 with d = logVariance - logVariance2. The second distribution is the standard normal unless
 * given; its numbers or tensors stretch to the first. The mean and the sum are over all elements: for the divergence of
 * vectors take `reduction: 'none'` and sum over their axis.
 */
export function klGaussians<
  A extends AnyTensor,
  B extends AnyTensor,
  C extends Operand = 0,
  E extends Operand = 0,
  const R extends Reduction = 'mean',
>(
  mean: A,
  logVariance: Needs<Alike<'klGaussians', A, B>, B>,
  mean2?: Needs<Beside<'klGaussians', A, C>, C>,
  logVariance2?: Needs<Beside<'klGaussians', A, E>, E>,
  options?: LossOptions<R>,
): Reduced<A['shape'], A['dtype'], R>
export function klGaussians(
  mean: unknown,
  logVariance: unknown,
  mean2: unknown = 0,
  logVariance2: unknown = 0,
  options: LossOptions = {},
): unknown {
  const { reduction } = optionsOf(op, options, ['reduction'])
  const [m, v] = [heldTensor(op, mean), heldTensor(op, logVariance)]
  const [m2, v2] = [operand(op, mean2), operand(op, logVariance2)]
  check(alike(op, typed(m), typed(v)))
  for (const other of [m2, v2]) check(beside(op, typed(m), typeof other === 'number' ? other : typed(other)))
  const ratio = less(v, v2)
  const apart = square(less(m, m2), op)
  const inverse = typeof v2 === 'number' ? Math.exp(-v2) : exp(neg(v2, op), op)
  const far = inverse === 1 ? apart : mul(apart, inverse, op)
  return reduced(op, mul(add(sub(expm1(ratio, op), ratio, op), far, op), 0.5, op), reduction)
}

const less = (x: Held, by: Held | number): Held => (by === 0 ? x : sub(x, by, op))
