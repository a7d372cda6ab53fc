import { add, div, sqrt, square } from '../operations/elementwise.ts'
import { checkNotNegative, optionsOf } from '../option.ts'
import { type Counted, descent, type Optimiser } from './optimiser.ts'
import type { LearningRate } from './schedule.ts'
import { transformationOf } from './transformation.ts'

export type AdagradLayout = { readonly sum: 'params' }

export interface AdagradOptions {
  readonly learningRate: LearningRate
  /** Added to the root of the sum, so that it can divide; 1e-10 unless given. */
  readonly eps?: number
}

/**
 * Adagrad (Duchi et al. 2011), with the default of PyTorch: steps along the gradient over the root of the sum of all
 * its squares so far.
 */
export function adagrad(options: AdagradOptions): Optimiser<Counted<AdagradLayout>> {
  const { learningRate, eps = 1e-10 } = optionsOf(
    'adagrad',
    options,
    ['learningRate', 'eps'],
    'adagrad({ learningRate: 0.1 })',
  )
  checkNotNegative('adagrad', 'eps', eps)
  const direction = transformationOf('adagrad', { sum: 'params' }, (grads, before) => {
    const sum = grads.map((g, i) => add(before.sum[i]!, square(g)))
    return { updates: grads.map((g, i) => div(g, add(sqrt(sum[i]!), eps))), state: { sum } }
  })
  return descent('adagrad', direction, learningRate)
}
