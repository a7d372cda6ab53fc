import { add, less, mul, where } from '../operations/elementwise.ts'
import { checkDecay, checkFlag, optionsOf } from '../option.ts'
import type { Held } from '../trace/held.ts'
import { check } from '../trace/trace.ts'
import { next } from './count.ts'
import type { Stateless } from './layout.ts'
import { type Counted, descent, type Optimiser } from './optimiser.ts'
import { scalar } from './scalar.ts'
import type { LearningRate } from './schedule.ts'
import { statelessOf, type Transformation, transformationOf } from './transformation.ts'

export interface SgdOptions {
  readonly learningRate: LearningRate
  readonly momentum?: undefined
}
export interface SgdMomentumOptions extends MomentumOptions {
  readonly learningRate: LearningRate
  /** How much of the velocity stays at each step. */
  readonly momentum: number
  /** How much of each gradient but the first is kept out of the velocity; 0 unless given. */
  readonly dampening?: number
}
export interface MomentumOptions {
  /** Goes along the velocity as it will be at the next step, if the gradient stays (Sutskever et al. 2013). */
  readonly nesterov?: boolean
}
export type MomentumLayout = { readonly velocity: 'params' }

/**
 * Stochastic gradient descent, with momentum as in PyTorch: the velocity is `momentum velocity + (1 - dampening)
 * gradient`, at first the gradient, and the step goes along it, or with nesterov along `gradient + momentum velocity`.
 * At the end of a chain it is what applies the learning rate.
 */
export function sgd(options: SgdOptions): Optimiser<Counted<Stateless>>
export function sgd(options: SgdMomentumOptions): Optimiser<Counted<MomentumLayout>>
export function sgd(options: Omit<SgdMomentumOptions, 'momentum'> & { readonly momentum?: number | undefined }) {
  const given = optionsOf(
    'sgd',
    options,
    ['learningRate', 'momentum', 'dampening', 'nesterov'],
    'sgd({ learningRate: 0.1 })',
  )
  const { learningRate, momentum: decay, nesterov = false, dampening = 0 } = given
  checkFlag('sgd', 'nesterov', nesterov)
  if (decay === undefined) {
    check(
      nesterov || dampening !== 0
        ? 'type error: sgd: nesterov and dampening are of a momentum; give it, too'
        : undefined,
    )
    return descent(
      'sgd',
      statelessOf('sgd', (grads) => grads),
      learningRate,
    )
  }
  checkDecay('sgd', 'momentum', decay)
  if (dampening === 0) return descent('sgd', momentum(decay, { nesterov }), learningRate)
  checkDecay('sgd', 'dampening', dampening)
  check(nesterov ? 'type error: sgd: nesterov is for a momentum without dampening' : undefined)
  return descent('sgd', dampened(decay, dampening), learningRate)
}

/** Puts a velocity in the place of the gradient: `decay velocity + gradient`, from zero (Polyak 1964). */
export function momentum(decay: number, options: MomentumOptions = {}): Transformation<MomentumLayout> {
  const { nesterov = false } = optionsOf('momentum', options, ['nesterov'])
  checkFlag('momentum', 'nesterov', nesterov)
  checkDecay('momentum', 'decay', decay)
  return transformationOf('momentum', { velocity: 'params' }, (updates, before) => {
    const velocity = updates.map((update, i) => onward(decay, before.velocity[i]!, update))
    return {
      updates: nesterov ? updates.map((update, i) => onward(decay, velocity[i]!, update)) : velocity,
      state: { velocity },
    }
  })
}

function dampened(decay: number, dampening: number): Transformation<Counted<MomentumLayout>> {
  return transformationOf('momentum', { velocity: 'params', count: 'count' }, (updates, { velocity, count }) => {
    const kept = where(less(count, 1), scalar(1), 1 - dampening)
    const moved = updates.map((update, i) => onward(decay, velocity[i]!, mul(update, kept)))
    return { updates: moved, state: { velocity: moved, count: next(count) } }
  })
}

const onward = (decay: number, velocity: Held, update: Held): Held => add(mul(velocity, decay), update)
