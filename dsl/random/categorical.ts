import * as elementwise from '../operations/elementwise.ts'
import { argmax } from '../operations/order.ts'
import { stretch } from '../operations/stretch.ts'
import type { Shape } from '../shape/dim.ts'
import { show } from '../shape/dim.ts'
import { type Floats, floats } from '../shape/dtype.ts'
import { cut, type OneKey, type Stretches, stretches, type Without } from '../shape/random.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { bindDims, check, fail, must } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { gumbelOf } from './exponential.ts'
import { enterKey } from './key.ts'

type ShapeIf<R> = R extends Shape ? R : Shape
type Complaint<R> = R extends string ? R : never

/**
 * Indices along an axis of `logits`, the last unless another is named, with probabilities softmax(logits) along it, by
 * the Gumbel-max trick: argmax(logits + gumbel). One for each distribution, or as many as stretch to `shape`: from
 * logits [k] a shape ['n'] draws n. The first of equal ones is taken; nothing flows into the logits.
 */
export function categorical<
  K extends AnyTensor,
  L extends AnyTensor,
  const X extends number = -1,
  const S extends Shape = ShapeIf<Without<'categorical', L, X>>,
>(
  key: Needs<OneKey<'categorical', K>, K>,
  logits: Needs<Floats<'categorical', L>, L>,
  axis?: Needs<Complaint<Without<'categorical', L, X>>, X>,
  shape?: Needs<Stretches<'categorical', ShapeIf<Without<'categorical', L, X>>, S>, [...S]>,
): Tensor<S, 'i32'>
export function categorical(key: AnyTensor, logits: AnyTensor, axis = -1, shape?: Shape): AnyTensor {
  const held = heldTensor('categorical', logits)
  check(floats('categorical', held.dtype))
  const { axis: at, before, after } = must(cut('categorical', extentsOf(held), axis))
  const classes = extentsOf(held)[at]!
  if (classes.size === 0)
    throw fail(`shape error: categorical: ${show(held.shape)} has nothing to choose from along axis ${at}`)
  const each = [...before, ...after]
  const drawn = shape ? bindDims('categorical', shape) : each
  check(stretches('categorical', each, drawn))
  const { trace, words } = enterKey('categorical', key, [held])
  // The axis stays where it stands from the right.
  const place = drawn.length - after.length
  const whole = drawn.toSpliced(place, 0, classes)
  const noise = gumbelOf(trace, words, whole)
  const spread = hold(trace, stretch(trace.builder, held.value, extentsOf(held), whole), whole, held.dtype)
  return traced(argmax(elementwise.add(noise, spread, 'categorical'), place))
}
