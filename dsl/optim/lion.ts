import { sign } from '../operations/elementwise.ts'
import { checkDecay, optionsOf } from '../option.ts'
import { mean } from './adam.ts'
import { addDecayedWeights, type DecayOptions } from './decay.ts'
import { type Counted, descent, type Optimiser } from './optimiser.ts'
import type { LearningRate } from './schedule.ts'
import { followedBy, type Transformation, transformationOf } from './transformation.ts'

export type LionLayout = { readonly m: 'params' }

export interface ScaleByLionOptions {
  /** How much of the mean of gradients goes into the direction; 0.9 unless given. */
  readonly b1?: number
  /** How much of the mean of gradients stays at each step; 0.99 unless given. */
  readonly b2?: number
}
export interface LionOptions extends ScaleByLionOptions, DecayOptions {
  readonly learningRate: LearningRate
  /** How much of a parameter is taken off it at each step, times the learning rate; 0 unless given. */
  readonly weightDecay?: number
}

/**
 * Lion (Chen et al. 2023, algorithm 2): steps of one size along the sign of a mean gradient. Its learning rates are 3
 * to 10 times smaller than Adam's, its weight decay as much larger.
 */
export function lion(options: LionOptions): Optimiser<Counted<LionLayout>> {
  const given = optionsOf(
    'lion',
    options,
    ['learningRate', ...names, 'weightDecay', 'mask'],
    'lion({ learningRate: 0.0001 })',
  )
  const { learningRate, weightDecay = 0, mask, ...others } = given
  const decay = addDecayedWeights(weightDecay, mask === undefined ? {} : { mask })
  const direction = lionOf('lion', others)
  return descent('lion', weightDecay === 0 ? direction : followedBy(direction, decay), learningRate)
}

/** The direction of Lion's steps. */
export const scaleByLion = (options: ScaleByLionOptions = {}): Transformation<LionLayout> =>
  lionOf('scaleByLion', options)

const names = ['b1', 'b2'] as const

function lionOf(name: string, options: ScaleByLionOptions): Transformation<LionLayout> {
  const { b1 = 0.9, b2 = 0.99 } = optionsOf(name, options, names)
  checkDecay(name, 'b1', b1)
  checkDecay(name, 'b2', b2)
  return transformationOf(name, { m: 'params' }, (grads, { m }) => ({
    updates: grads.map((g, i) => sign(mean(b1, m[i]!, g))),
    state: { m: grads.map((g, i) => mean(b2, m[i]!, g)) },
  }))
}
