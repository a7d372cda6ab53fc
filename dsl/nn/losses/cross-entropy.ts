import { iota } from '../../create.ts'
import { add, and, equal, greaterEqual, less, mul, neg, where } from '../../operations/elementwise.ts'
import { mean, reshaped, sum } from '../../operations/reduce.ts'
import { logSoftmax } from '../../operations/softmax.ts'
import { optionsOf } from '../../option.ts'
import { isFloat } from '../../shape/dtype.ts'
import { type Labels, labels, type Reduced, type Reduction } from '../../shape/loss.ts'
import { type Probability, probability, type Without } from '../../shape/random.ts'
import type { Needs } from '../../shape/rule.ts'
import type { AnyTensor } from '../../tensor.ts'
import { extentsOf, type Held } from '../../trace/held.ts'
import { check } from '../../trace/trace.ts'
import { heldTensor } from '../../traced-tensor.ts'
import { type LossOptions, reduced, typed } from './reduced.ts'

const op = 'crossEntropy'

export interface CrossEntropyOptions<R extends Reduction, X extends number, S extends number> extends LossOptions<R> {
  /** The classes; the last axis unless given. */
  readonly axis?: X
  /** How much of each target is spread evenly over all classes (Szegedy et al. 2016), from 0 to 1; 0 unless given. */
  readonly labelSmoothing?: Needs<Probability<'crossEntropy', S>, S>
}

/**
 * -sum_k p_k log softmax(logits)_k over the axis of classes. The targets p are probabilities like the logits, or i32
 * labels in the shape of the logits without that axis; a label that is no class, such as -1, has the loss 0 and counts
 * in the mean. The mean and the sum are over all other axes.
 */
export function crossEntropy<
  A extends AnyTensor,
  L extends AnyTensor,
  const R extends Reduction = 'mean',
  const X extends number = -1,
  const S extends number = 0,
>(
  logits: A,
  targets: Needs<Labels<'crossEntropy', A, L, X>, L>,
  options?: CrossEntropyOptions<R, X, S>,
): Reduced<Without<'crossEntropy', A, X>, A['dtype'], R>
export function crossEntropy(
  logits: unknown,
  targets: unknown,
  options: CrossEntropyOptions<Reduction, number, number> = {},
): unknown {
  const { reduction, axis = -1, labelSmoothing = 0 } = optionsOf(op, options, ['axis', 'labelSmoothing', 'reduction'])
  const [x, p] = [heldTensor(op, logits), heldTensor(op, targets)]
  check(labels(op, typed(x), typed(p), axis) ?? probability(op, labelSmoothing))
  const logs = logSoftmax(x, axis)
  const losses = isFloat(p.dtype)
    ? smoothed(neg(sum(mul(p, logs, op), axis), op), logs, axis, labelSmoothing)
    : ofLabels(p, logs, axis, labelSmoothing)
  return reduced(op, losses, reduction)
}

/**
 * By comparing each class with the label, not by reading at the label: so it is part of the same loop as the sum of the
 * softmax, and its gradient scatters nothing.
 */
function ofLabels(label: Held, logs: Held, axis: number, smoothing: number): Held {
  const shape = extentsOf(logs)
  const front = axis < 0 ? axis + shape.length : axis
  const { size } = shape[front]!
  const one = { dim: 1, size: 1 }
  const classes = reshaped(
    op,
    heldTensor(op, iota(size)),
    shape.slice(front).map((extent, i) => (i === 0 ? extent : one)),
  )
  const beside = reshaped(op, label, shape.with(front, one))
  const chosen = neg(sum(where(equal(classes, beside, op), logs, 0, op), axis), op)
  if (smoothing === 0) return chosen
  const isClass = and(greaterEqual(label, 0, op), less(label, size, op), op)
  return where(isClass, smoothed(chosen, logs, axis, smoothing), 0, op)
}

/** Of targets that are (1 - smoothing) p + smoothing / classes. */
const smoothed = (losses: Held, logs: Held, axis: number, smoothing: number): Held =>
  smoothing === 0 ? losses : add(mul(losses, 1 - smoothing, op), mul(neg(mean(logs, axis), op), smoothing, op), op)
