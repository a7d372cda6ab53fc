import { add, clamp, div, greater, maximum, mul, sqrt, square, where } from '../operations/elementwise.ts'
import { sum } from '../operations/reduce.ts'
import { checkPositive } from '../option.ts'
import type { Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import type { Held } from '../trace/held.ts'
import { named } from '../trace/trace.ts'
import { traced } from '../traced-tensor.ts'
import type { Stateless } from './layout.ts'
import { scalar } from './scalar.ts'
import { type Trainable, trainableTensors } from './trainable.ts'
import { statelessOf, type Transformation } from './transformation.ts'

/**
 * Scales all updates by one factor, so that together they are no longer than `max` (Pascanu et al. 2013). Shorter ones,
 * and zero, stay as they are. Where the squares leave f32, at a norm of 1.8e19, the factor is 0.
 */
export function clipByGlobalNorm(max: number): Transformation<Stateless> {
  checkPositive('clipByGlobalNorm', 'max', max)
  return statelessOf('clipByGlobalNorm', (updates) => {
    // Above 0, so that the root has a slope where a gradient is taken through it.
    const norm = sqrt(maximum(sumOfSquares(updates), leastNormal))
    const factor = where(greater(norm, max), div(scalar(max), norm), 1)
    return updates.map((update) => mul(update, factor))
  })
}
const leastNormal = 2 ** -126

/** Keeps each element of the updates within [-max, max]. */
export function clipByValue(max: number): Transformation<Stateless> {
  checkPositive('clipByValue', 'max', max)
  return statelessOf('clipByValue', (updates) => updates.map((update) => clamp(update, -max, max)))
}

/** The root of the sum of squares of all elements of a tree of tensors, such as gradients. */
export function globalNorm<G>(grads: Needs<Trainable<G, 'grads'>, G>): Tensor<[]> {
  return named('globalNorm', () => {
    const leaves = trainableTensors(grads, 'grads').map(({ leaf }) => leaf)
    return traced(sqrt(sumOfSquares(leaves)))
  }) as unknown as Tensor<[]>
}

function sumOfSquares(tensors: readonly Held[]): Held {
  const [first, ...rest] = tensors.map((tensor) => sum(square(tensor)))
  return first ? rest.reduce((total, part) => add(total, part), first) : scalar(0)
}
