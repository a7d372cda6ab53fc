import { add, div, less, mul, sub, where } from '../operations/elementwise.ts'
import { checkDecay, checkFlag, optionsOf } from '../option.ts'
import { type Misfit, missing } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnySpec, Specs } from '../spec.ts'
import { check, named } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { partAt, withLeaves } from '../tree.ts'
import { correction, next } from './count.ts'
import { type Slots, type State, type StateSpecs, slotsIn, specsOfState, stateOf } from './layout.ts'
import { scalar } from './scalar.ts'
import { checkTrainable, type Trainable, trainableTensors } from './trainable.ts'

/** What an average keeps: the mean so far, and of how many it is. */
export type EmaLayout = { readonly mean: 'params'; readonly count: 'count' }

export interface EmaOptions {
  /**
   * Whether the mean starts at zero and is divided by the weights it has so far, so that it is the mean of what it has
   * seen and nothing else; true unless given. Without it the mean starts at the first parameters that it sees, which
   * then weigh more than all that follow until decay^count is small.
   */
  readonly debias?: boolean
}

/** An average of parameters over the steps of training: keep its state beside theirs. */
export interface Ema {
  /** The specs of its state for parameters of these specs. All of it starts at zero. */
  state<P extends Specs | AnySpec>(params: Needs<Trainable<P>, P>): StateSpecs<EmaLayout, P>
  /** The average with one more in it. */
  update<P, S>(params: Needs<Trainable<P>, P>, state: Needs<Misfit<State<EmaLayout, P>, S, 'the average'>, S>): S
  /** The averaged parameters; zero before the first update. */
  read<S>(state: Needs<Misfit<State<EmaLayout, MeanOf<S>>, S, 'the average'>, S>): MeanOf<S>
}
type MeanOf<S> = S extends { readonly mean: infer P } ? P : unknown

/** The exponential moving average: mean + (1 - decay) (now - mean), which rests exactly where the parameters do. */
export function ema(decay: number, options: EmaOptions = {}): Ema {
  const { debias = true } = optionsOf('ema', options, ['debias'])
  checkFlag('ema', 'debias', debias)
  checkDecay('ema', 'decay', decay)
  const layout: EmaLayout = { mean: 'params', count: 'count' }
  const state = (params: unknown) => {
    checkTrainable(params)
    return specsOfState(layout, params)
  }
  const update = (params: unknown, before: unknown) =>
    named('ema', () => {
      const leaves = trainableTensors(params)
      const { mean, count } = slotsIn(layout, before, 'the average', leaves)
      const begins = less(count, 1)
      const moved = leaves.map(({ leaf }, i) => {
        const onward = add(mean[i]!, mul(sub(leaf, mean[i]!), 1 - decay))
        return debias ? onward : where(begins, leaf, onward)
      })
      const after: Slots<EmaLayout> = { mean: moved, count: next(count) }
      return stateOf(layout, after, params)
    })
  const read = (given: unknown) =>
    named('ema', () => {
      const params = partAt(given, 'mean')
      check(params === undefined ? missing('the average.mean') : undefined)
      const leaves = trainableTensors(params, 'the average.mean')
      const { mean, count } = slotsIn(layout, given, 'the average', leaves)
      if (!debias || decay === 0) return params
      const weights = where(less(count, 1), scalar(1), correction(decay, count))
      return withLeaves(
        params,
        isTensor,
        mean.map((part) => traced(div(part, weights))),
      )
    })
  return { state, update, read } as unknown as Ema
}
