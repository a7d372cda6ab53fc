import { abs, add, exp, greater, log1p, minimum, mul, neg, square, sub, where } from '../../operations/elementwise.ts'
import { checkPositive, optionsOf } from '../../option.ts'
import { type Alike, alike, type Reduced, type Reduction } from '../../shape/loss.ts'
import type { Needs } from '../../shape/rule.ts'
import type { AnyTensor } from '../../tensor.ts'
import type { Held } from '../../trace/held.ts'
import { check } from '../../trace/trace.ts'
import { heldTensor } from '../../traced-tensor.ts'
import { type LossOptions, reduced, typed } from './reduced.ts'

// Losses of each element of a prediction, for a target of the same shape. The mean and the sum are over all elements.

type Loss<Op extends string, Options extends object = object> = <
  A extends AnyTensor,
  B extends AnyTensor,
  const R extends Reduction = 'mean',
>(
  prediction: A,
  target: Needs<Alike<Op, A, B>, B>,
  options?: LossOptions<R> & Options,
) => Reduced<A['shape'], A['dtype'], R>

function loss<Op extends string, Options extends object = object>(
  op: Op,
  names: readonly (keyof Options & string)[],
  each: (prediction: Held, target: Held, options: Options) => Held,
): Loss<Op, Options> {
  const apply = (prediction: unknown, target: unknown, options: LossOptions & Options) => {
    const [a, b] = [heldTensor(op, prediction), heldTensor(op, target)]
    check(alike(op, typed(a), typed(b)))
    const { reduction, ...others } = optionsOf(op, options === undefined ? ({} as typeof options) : options, [
      ...names,
      'reduction',
    ] as never)
    return reduced(op, each(a, b, others as unknown as Options), reduction)
  }
  return apply as unknown as Loss<Op, Options>
}

/** (prediction - target)^2. */
export const mse: Loss<'mse'> = loss('mse', [], (a, b) => square(sub(a, b, 'mse'), 'mse'))

/** |prediction - target|, with the gradient 0 where they are equal. */
export const mae: Loss<'mae'> = loss('mae', [], (a, b) => abs(sub(a, b, 'mae'), 'mae'))

export interface HuberOptions {
  /** Where the square ends; 1 unless given. */
  readonly delta?: number
}
/**
 * r^2 / 2 for a distance r up to delta and delta (r - delta / 2) beyond, as min(r, delta) (r - min(r, delta) / 2)
 * (Huber 1964).
 */
export const huber: Loss<'huber', HuberOptions> = loss('huber', ['delta'], (a, b, { delta = 1 }: HuberOptions) => {
  checkPositive('huber', 'delta', delta)
  const distance = abs(sub(a, b, 'huber'), 'huber')
  const near = minimum(distance, delta, 'huber')
  return mul(near, sub(distance, mul(near, 0.5, 'huber'), 'huber'), 'huber')
})

/**
 * The binary cross-entropy -y log sigmoid(z) - (1 - y) log(1 - sigmoid(z)) of logits z and targets y from 0 to 1, as
 * max(z, 0) - z y + log(1 + exp(-|z|)): exact where the sigmoid is 0 or 1 in floats.
 */
export const bce: Loss<'bce'> = loss('bce', [], (z, y) => {
  const above = greater(z, 0, 'bce')
  const linear = sub(where(above, z, 0, 'bce'), mul(z, y, 'bce'), 'bce')
  return add(linear, log1p(exp(where(above, neg(z, 'bce'), z, 'bce'), 'bce'), 'bce'), 'bce')
})
