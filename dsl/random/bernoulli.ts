import * as elementwise from '../operations/elementwise.ts'
import * as layout from '../operations/layout.ts'
import type { Shape } from '../shape/dim.ts'
import { type Floats, floats } from '../shape/dtype.ts'
import { type OneKey, type Probability, probability, type Stretches, stretches } from '../shape/random.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { AnyTensor, Operand, Tensor } from '../tensor.ts'
import { extentsOf } from '../trace/held.ts'
import { bindDims, check } from '../trace/trace.ts'
import { operand, traced } from '../traced-tensor.ts'
import { enterKey } from './key.ts'
import { uniformOf } from './uniform.ts'

type ShapeOf<P> = P extends Tensor<infer S, infer _> ? S : []
/** Check: P holds probabilities for a shape. */
type Probabilities<P, S extends Shape> =
  P extends Tensor<infer T, infer _>
    ? Or<Floats<'bernoulli', P>, Stretches<'bernoulli', T, S>>
    : Probability<'bernoulli', P>

/**
 * True with probability p, a number or a tensor that stretches to the shape; the shape is that of p where it is not
 * given. Nothing flows into p.
 */
export function bernoulli<K extends AnyTensor, const P extends Operand, const S extends Shape = ShapeOf<P>>(
  key: Needs<OneKey<'bernoulli', K>, K>,
  p: Needs<Probabilities<P, S>, P>,
  shape?: [...S],
): Tensor<S, 'bool'>
export function bernoulli(key: AnyTensor, p: Operand, shape?: Shape): AnyTensor {
  const chance = operand('bernoulli', p)
  const isNumber = typeof chance === 'number'
  const extents = shape ? bindDims('bernoulli', shape) : isNumber ? [] : extentsOf(chance)
  check(
    isNumber
      ? probability('bernoulli', chance)
      : (floats('bernoulli', chance.dtype) ?? stretches('bernoulli', extentsOf(chance), extents)),
  )
  const { trace, words } = enterKey('bernoulli', key, isNumber ? [] : [chance])
  const u = uniformOf(trace, words, extents)
  return traced(elementwise.less(u, isNumber ? Math.fround(chance) : chance, 'bernoulli'))
}

/** -1 or 1, equally likely. */
export function rademacher<K extends AnyTensor, const S extends Shape>(
  key: Needs<OneKey<'rademacher', K>, K>,
  shape: [...S],
): Tensor<S, 'i32'>
export function rademacher(key: AnyTensor, shape: Shape): AnyTensor {
  const { trace, words } = enterKey('rademacher', key)
  const u = uniformOf(trace, words, bindDims('rademacher', shape))
  const one = layout.cast(elementwise.less(u, 0.5), 'i32')
  return traced(elementwise.sub(elementwise.mul(one, 2), 1, 'rademacher'))
}
