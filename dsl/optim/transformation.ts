import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnySpec, Specs } from '../spec.ts'
import { likeness, tensorIn } from '../tensor-in.ts'
import type { Held } from '../trace/held.ts'
import { named } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { type LeafAt, withLeaves } from '../tree.ts'
import {
  type Layout,
  type Slots,
  type State,
  type Stateless,
  type StateSpecs,
  slotsIn,
  specsOfState,
  stateOf,
} from './layout.ts'
import { checkTrainable, type Trainable, trainableTensors } from './trainable.ts'

/**
 * A gradient transformation: the specs of its state, and a pure function that makes updates of updates. Updates begin
 * as gradients and are in the end subtracted from the parameters, by the optimiser that the transformation is chained
 * with.
 */
export interface Transformation<L extends Layout> extends Chainable<L> {
  readonly '~kind': 'transformation'
  /** The specs of its state for parameters of these specs. All of it starts at zero. */
  state<P extends Specs | AnySpec>(params: Needs<Trainable<P>, P>): StateSpecs<L, P>
  /** The transformed updates, and the state for the next ones. */
  update<U, S, P>(
    updates: Needs<Misfit<P, U, 'updates'>, U>,
    state: Needs<Misfit<State<L, P>, S, 'the state'>, S>,
    params: Needs<Trainable<P>, P>,
  ): { updates: P; state: S }
}

/** What transformations and optimisers have in common: all that `chain` asks for. */
export interface Chainable<L extends Layout> {
  readonly '~kind': 'transformation' | 'optimiser'
  readonly '~name': string
  readonly '~layout': L
  readonly '~rule': Rule<L>
}
export type AnyChainable = {
  readonly '~kind': 'transformation' | 'optimiser'
  readonly '~name': string
  readonly '~layout': Layout
  readonly '~rule': (updates: never, state: never, params: never) => unknown
}

/** What is done to the updates of all parameters, in the order of the parameters. */
export type Rule<L> = (updates: readonly Held[], state: Slots<L>, params: readonly LeafAt<Held>[]) => Updated<L>
export interface Updated<L> {
  readonly updates: readonly Held[]
  readonly state: Slots<L>
}

/** A transformation of a rule. Reports call it by its name. */
export function transformationOf<const L extends Layout>(name: string, layout: L, rule: Rule<L>): Transformation<L> {
  const update = (updates: unknown, before: unknown, params: unknown) => {
    const after = applied({ name, layout, rule }, { updates: 'updates', state: 'the state' }, updates, before, params)
    const moved = after.updates.map(traced)
    return { updates: withLeaves(params, isTensor, moved), state: after.state }
  }
  return {
    '~kind': 'transformation',
    ...partsOf(name, layout, rule),
    update,
  } as unknown as Transformation<L>
}

/** A transformation without state. */
export const statelessOf = (
  name: string,
  make: (updates: readonly Held[], params: readonly LeafAt<Held>[]) => readonly Held[],
): Transformation<Stateless> =>
  transformationOf(name, {}, (updates, _state, params) => ({ updates: make(updates, params), state: {} }))

/** A transformation followed by one without state, which together keep what the first keeps. */
export const followedBy = <L extends Layout>(
  first: Transformation<L>,
  second: Transformation<Stateless>,
): Transformation<L> =>
  transformationOf(first['~name'], first['~layout'], (updates, before, params) => {
    const { updates: passed, state } = first['~rule'](updates, before, params)
    return { updates: named(second['~name'], () => second['~rule'](passed, {}, params)).updates, state }
  })

/** What is the same in transformations and optimisers. */
export const partsOf = <L extends Layout>(name: string, layout: L, rule: Rule<L>) => ({
  '~name': name,
  '~layout': layout,
  '~rule': rule,
  state(params: unknown) {
    checkTrainable(params)
    return specsOfState(layout, params)
  },
})

/** Runs a rule on what an author has given; `called` is what messages call it. */
export function applied<L extends Layout>(
  { name, layout, rule }: { readonly name: string; readonly layout: L; readonly rule: Rule<L> },
  called: { readonly updates: string; readonly state: string },
  updates: unknown,
  state: unknown,
  params: unknown,
) {
  return named(name, () => {
    const leaves = trainableTensors(params)
    const given = leaves.map(({ path, leaf }) => tensorIn(updates, path, called.updates, likeness(leaf)))
    const after = rule(given, slotsIn(layout, state, called.state, leaves), leaves)
    return { leaves, updates: after.updates, state: stateOf(layout, after.state, params) }
  })
}
