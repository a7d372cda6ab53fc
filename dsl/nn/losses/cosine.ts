import { add, div, maximum, mul, neg } from '../../operations/elementwise.ts'
import { sum } from '../../operations/reduce.ts'
import { norm } from '../../operations/statistics.ts'
import { checkPositive, optionsOf } from '../../option.ts'
import { type AlikeAlong, alikeAlong, type Reduced, type Reduction } from '../../shape/loss.ts'
import type { Without } from '../../shape/random.ts'
import type { Needs } from '../../shape/rule.ts'
import type { AnyTensor } from '../../tensor.ts'
import type { Held } from '../../trace/held.ts'
import { check } from '../../trace/trace.ts'
import { heldTensor, traced } from '../../traced-tensor.ts'
import { type LossOptions, reduced, typed } from './reduced.ts'

export interface CosineOptions<X extends number = number> {
  /** The vectors; the last axis unless given. */
  readonly axis?: X
  /** The least that a norm counts for: a vector of zeros has the cosine 0 and a finite gradient. 1e-8 unless given. */
  readonly eps?: number
}

/** a . b / (max(|a|, eps) max(|b|, eps)) of the vectors along an axis. */
export function cosineSimilarity<A extends AnyTensor, B extends AnyTensor, const X extends number = -1>(
  a: A,
  b: Needs<AlikeAlong<'cosineSimilarity', A, B, X>, B>,
  options?: CosineOptions<X>,
): Reduced<Without<'cosineSimilarity', A, X>, A['dtype'], 'none'>
export function cosineSimilarity(a: unknown, b: unknown, options: CosineOptions = {}): unknown {
  return traced(cosines('cosineSimilarity', a, b, options))
}

/** 1 - cosineSimilarity(a, b). The mean and the sum are over all axes but that of the vectors. */
export function cosineLoss<
  A extends AnyTensor,
  B extends AnyTensor,
  const X extends number = -1,
  const R extends Reduction = 'mean',
>(
  a: A,
  b: Needs<AlikeAlong<'cosineLoss', A, B, X>, B>,
  options?: CosineOptions<X> & LossOptions<R>,
): Reduced<Without<'cosineLoss', A, X>, A['dtype'], R>
export function cosineLoss(a: unknown, b: unknown, options: CosineOptions & LossOptions = {}): unknown {
  const op = 'cosineLoss'
  const { reduction, ...others } = optionsOf(op, options, ['axis', 'eps', 'reduction'])
  return reduced(op, add(neg(cosines(op, a, b, others), op), 1, op), reduction)
}

function cosines(op: string, a: unknown, b: unknown, options: CosineOptions): Held {
  const { axis = -1, eps = 1e-8 } = optionsOf(op, options, ['axis', 'eps'])
  const [x, y] = [heldTensor(op, a), heldTensor(op, b)]
  check(alikeAlong(op, typed(x), typed(y), axis))
  checkPositive(op, 'eps', eps)
  const length = (v: Held) => maximum(norm(v, axis), eps, op)
  return div(div(sum(mul(x, y, op), axis), length(x), op), length(y), op)
}
