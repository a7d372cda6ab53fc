import { add, div, sqrt, square } from '../operations/elementwise.ts'
import { checkDecay, checkNotNegative, optionsOf } from '../option.ts'
import { mean } from './adam.ts'
import { type Counted, descent, type Optimiser } from './optimiser.ts'
import type { LearningRate } from './schedule.ts'
import { type Transformation, transformationOf } from './transformation.ts'

export type RmsLayout = { readonly v: 'params' }

export interface ScaleByRmsOptions {
  /** How much of the mean of squared gradients stays at each step; 0.99 unless given. */
  readonly decay?: number
  /** Added to its root, so that it can divide; 1e-8 unless given. */
  readonly eps?: number
}
export interface RmsPropOptions extends ScaleByRmsOptions {
  readonly learningRate: LearningRate
}

/**
 * RMSProp (Tieleman and Hinton 2012, lecture 6.5), with the defaults and the place of eps of PyTorch: steps along the
 * gradient over the root of its mean square. PyTorch's momentum is `chain(scaleByRms(), momentum(0.9), sgd({
 * learningRate }))`.
 */
export function rmsProp(options: RmsPropOptions): Optimiser<Counted<RmsLayout>> {
  const { learningRate, ...others } = optionsOf(
    'rmsProp',
    options,
    ['learningRate', ...names],
    'rmsProp({ learningRate: 0.01 })',
  )
  return descent('rmsProp', rmsOf('rmsProp', others), learningRate)
}

/** The direction of RMSProp's steps. */
export const scaleByRms = (options: ScaleByRmsOptions = {}): Transformation<RmsLayout> => rmsOf('scaleByRms', options)

const names = ['decay', 'eps'] as const

function rmsOf(name: string, options: ScaleByRmsOptions): Transformation<RmsLayout> {
  const { decay = 0.99, eps = 1e-8 } = optionsOf(name, options, names)
  checkDecay(name, 'decay', decay)
  checkNotNegative(name, 'eps', eps)
  return transformationOf(name, { v: 'params' }, (grads, before) => {
    const v = grads.map((g, i) => mean(decay, before.v[i]!, square(g)))
    return { updates: grads.map((g, i) => div(g, add(sqrt(v[i]!), eps))), state: { v } }
  })
}
