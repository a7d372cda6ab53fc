import { mul, sub } from '../operations/elementwise.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnySpec, Specs } from '../spec.ts'
import { named } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { withLeaves } from '../tree.ts'
import { next } from './count.ts'
import type { Layout, Slots, State, StateSpecs } from './layout.ts'
import { checkRate, type LearningRate, rateAt } from './schedule.ts'
import type { Trainable } from './trainable.ts'
import { applied, type Chainable, partsOf, type Rule, type Transformation } from './transformation.ts'

/**
 * Two pure functions: the specs of its state, and one step. L is what it keeps: { m: 'params', v: 'params', count:
 * 'count' } for Adam.
 */
export interface Optimiser<L extends Layout> extends Chainable<L> {
  readonly '~kind': 'optimiser'
  /** The specs of its state for parameters of these specs. All of it starts at zero. */
  state<P extends Specs | AnySpec>(params: Needs<Trainable<P>, P>): StateSpecs<L, P>
  /** The parameters after one step along the gradients, and the state for the next. */
  update<G, S, P>(
    grads: Needs<Misfit<P, G, 'grads'>, G>,
    state: Needs<Misfit<State<L, P>, S, 'the optimiser state'>, S>,
    params: Needs<Trainable<P>, P>,
  ): { params: P; opt: S }
}

/** An optimiser whose rule gives the steps: what is subtracted from the parameters. */
export function optimiserOf<const L extends Layout>(name: string, layout: L, rule: Rule<L>): Optimiser<L> {
  const update = (grads: unknown, before: unknown, params: unknown) => {
    const { leaves, updates, state } = applied(
      { name, layout, rule },
      { updates: 'grads', state: 'the optimiser state' },
      grads,
      before,
      params,
    )
    const moved = named(name, () => leaves.map(({ leaf }, i) => traced(sub(leaf, updates[i]!))))
    return { params: withLeaves(params, isTensor, moved), opt: state }
  }
  return { '~kind': 'optimiser', ...partsOf(name, layout, rule), update } as unknown as Optimiser<L>
}

/** A layout with a count of steps. */
export type Counted<L> = { readonly [K in keyof L | 'count']: K extends keyof L ? L[K] : 'count' }

/**
 * The optimiser that goes along what a transformation makes of the gradients, by the learning rate: the schedule's
 * value at the number of steps done before.
 */
export function descent<L extends Layout>(
  name: string,
  direction: Transformation<L>,
  learningRate: LearningRate,
): Optimiser<Counted<L>> {
  checkRate(name, learningRate)
  const counts = 'count' in direction['~layout']
  const layout = { ...direction['~layout'], count: 'count' } as Counted<L>
  return optimiserOf<Counted<L>>(name, layout, (grads, before, params) => {
    const after = direction['~rule'](grads, before as unknown as Slots<L>, params)
    const uncounted = () => ({ ...after.state, count: next((before as unknown as Count).count) })
    const state = (counts ? after.state : uncounted()) as unknown as Slots<Counted<L>>
    const rate = rateAt(learningRate, (state as unknown as Count).count)
    return { updates: after.updates.map((update) => mul(update, rate)), state }
  })
}
type Count = Slots<{ readonly count: 'count' }>
