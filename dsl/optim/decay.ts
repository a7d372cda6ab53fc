import { checkFunction, checkList } from '../given.ts'
import { add, mul } from '../operations/elementwise.ts'
import { checkNotNegative, optionsOf } from '../option.ts'
import type { Shape } from '../shape/dim.ts'
import type { Stateless } from './layout.ts'
import { statelessOf, type Transformation } from './transformation.ts'

/** Whether something is done to a parameter, given its path ('0.weight') and its shape as its spec wrote it. */
export type Mask = (path: string, shape: Shape) => boolean

export interface DecayOptions {
  /** Which parameters decay; all unless given. */
  readonly mask?: Mask
}

/** The usual mask for weight decay: matrices and what has more axes decay, biases and the scales of norms do not. */
export const matricesOnly: Mask = (_path, shape) => {
  checkList('matricesOnly', shape, 'a shape', "matricesOnly('weight', [3, 2])")
  return shape.length >= 2
}

/**
 * Adds a part of each parameter to its update: before the learning rate, as decoupled decay (Loshchilov and Hutter
 * 2019) in `chain(scaleByAdam(), addDecayedWeights(0.01), sgd({ learningRate }))`; before everything else, as L2
 * regularisation, which PyTorch's SGD calls weight decay.
 */
export function addDecayedWeights(weightDecay: number, options: DecayOptions = {}): Transformation<Stateless> {
  const { mask } = optionsOf('addDecayedWeights', options, ['mask'])
  if (mask !== undefined) checkFunction('addDecayedWeights', mask, 'a function of a path and a shape')
  checkNotNegative('addDecayedWeights', 'weightDecay', weightDecay)
  return statelessOf('addDecayedWeights', (updates, params) =>
    updates.map((update, i) => {
      const { path, leaf } = params[i]!
      return mask && !mask(path, leaf.shape) ? update : add(update, mul(leaf, weightDecay))
    }),
  )
}
