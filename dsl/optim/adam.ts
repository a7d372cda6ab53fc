import { add, div, mul, sqrt, square } from '../operations/elementwise.ts'
import { checkDecay, checkFlag, checkNotNegative, optionsOf } from '../option.ts'
import type { Held } from '../trace/held.ts'
import { correction, next } from './count.ts'
import { addDecayedWeights, type DecayOptions } from './decay.ts'
import { descent, type Optimiser } from './optimiser.ts'
import type { LearningRate } from './schedule.ts'
import { followedBy, type Transformation, transformationOf } from './transformation.ts'

/** What Adam keeps: running means of the gradients and of their squares, and how many there were. */
export type AdamLayout = { readonly m: 'params'; readonly v: 'params'; readonly count: 'count' }

export interface ScaleByAdamOptions {
  /** How much of the mean of gradients stays at each step; 0.9 unless given. */
  readonly b1?: number
  /** How much of the mean of squared gradients stays; 0.999 unless given. */
  readonly b2?: number
  /** Added to the root of the second, so that it can divide; 1e-8 unless given. */
  readonly eps?: number
  /**
   * Added under that root; 0 unless given. A gradient through the update needs it where the second mean can be zero,
   * for there the root has no slope.
   */
  readonly epsRoot?: number
  /** Takes the mean of gradients as it will be at the next step, as NAdam does (Dozat 2016). */
  readonly nesterov?: boolean
}
export interface AdamOptions extends ScaleByAdamOptions {
  readonly learningRate: LearningRate
}
export interface AdamWOptions extends AdamOptions, DecayOptions {
  /** How much of a parameter is taken off it at each step, times the learning rate; 0.01 unless given. */
  readonly weightDecay?: number
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1): steps along the mean gradient over the root of its mean square, both
 * corrected for starting at zero.
 */
export function adam(options: AdamOptions): Optimiser<AdamLayout> {
  const { learningRate, ...others } = optionsOf(
    'adam',
    options,
    ['learningRate', ...names],
    'adam({ learningRate: 0.001 })',
  )
  return descent('adam', adamOf('adam', others), learningRate)
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, with the decay times the learning rate as
 * in PyTorch).
 */
export function adamW(options: AdamWOptions): Optimiser<AdamLayout> {
  const given = optionsOf(
    'adamW',
    options,
    ['learningRate', ...names, 'weightDecay', 'mask'],
    'adamW({ learningRate: 0.001 })',
  )
  const { learningRate, weightDecay = 0.01, mask, ...others } = given
  const decay = addDecayedWeights(weightDecay, mask === undefined ? {} : { mask })
  return descent('adamW', followedBy(adamOf('adamW', others), decay), learningRate)
}

/** The direction of Adam's steps. */
export const scaleByAdam = (options: ScaleByAdamOptions = {}): Transformation<AdamLayout> =>
  adamOf('scaleByAdam', options)

const names = ['b1', 'b2', 'eps', 'epsRoot', 'nesterov'] as const

function adamOf(name: string, options: ScaleByAdamOptions): Transformation<AdamLayout> {
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = optionsOf(name, options, names)
  checkFlag(name, 'nesterov', nesterov)
  checkDecay(name, 'b1', b1)
  checkDecay(name, 'b2', b2)
  checkNotNegative(name, 'eps', eps)
  checkNotNegative(name, 'epsRoot', epsRoot)
  return transformationOf(name, { m: 'params', v: 'params', count: 'count' }, (grads, before) => {
    const count = next(before.count)
    const [correction1, correction2] = [correction(b1, count), correction(b2, count)]
    const ahead = nesterov ? correction(b1, next(count)) : 1
    const moved = grads.map((g, i) => {
      const m = mean(b1, before.m[i]!, g)
      const v = mean(b2, before.v[i]!, square(g))
      const first = nesterov ? add(mul(div(m, ahead), b1), mul(div(g, correction1), 1 - b1)) : div(m, correction1)
      const second = div(v, correction2)
      const root = sqrt(epsRoot === 0 ? second : add(second, epsRoot))
      return { update: div(first, add(root, eps)), m, v }
    })
    return {
      updates: moved.map(({ update }) => update),
      state: { m: moved.map(({ m }) => m), v: moved.map(({ v }) => v), count },
    }
  })
}

/** b before + (1 - b) now. */
export const mean = (b: number, before: Held, now: Held): Held => add(mul(before, b), mul(now, 1 - b))
