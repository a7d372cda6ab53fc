import { described } from '../error.ts'
import { add, div, greater, less, where } from '../operations/elementwise.ts'
import { checkSteps } from '../option.ts'
import type { Held } from '../trace/held.ts'
import { fail, named } from '../trace/trace.ts'
import { type Layout, type Slots, slotsWhere } from './layout.ts'
import { type Optimiser, optimiserOf } from './optimiser.ts'

/**
 * What is kept between the steps: the sum of the gradients so far, how many they are, and the optimiser's own state.
 */
export type AccumulateLayout<L extends Layout> = { readonly sum: 'params'; readonly count: 'count'; readonly opt: L }

interface Kept<L extends Layout> {
  readonly sum: readonly Held[]
  readonly count: Held
  readonly opt: Slots<L>
}

/**
 * The optimiser, with one step along the mean of every K gradients in place of K steps. At the calls in between nothing
 * changes but the sum: neither the parameters nor the optimiser's own state, with the count that its schedule sees.
 */
export function accumulate<L extends Layout>(optimiser: Optimiser<L>, everyK: number): Optimiser<AccumulateLayout<L>> {
  if (typeof optimiser?.['~rule'] !== 'function' || optimiser['~kind'] !== 'optimiser')
    throw fail(`type error: accumulate: ${described(optimiser)} is not an optimiser`)
  checkSteps('accumulate', 'everyK', everyK)
  const layout: AccumulateLayout<L> = { sum: 'params', count: 'count', opt: optimiser['~layout'] }
  return optimiserOf<AccumulateLayout<L>>('accumulate', layout, (grads, state, params) => {
    const before = state as unknown as Kept<L>
    const count = where(less(before.count, everyK - 1), add(before.count, 1), 0)
    // Told by the new count alone, so that it can be written over the old.
    const waits = greater(count, 0)
    const sum = grads.map((g, i) => add(before.sum[i]!, g))
    const after = named(optimiser['~name'], () =>
      optimiser['~rule'](
        sum.map((total) => div(total, everyK)),
        before.opt,
        params,
      ),
    )
    const kept: Kept<L> = {
      sum: sum.map((total) => where(waits, total, 0)),
      count,
      opt: slotsWhere(optimiser['~layout'], waits, before.opt, after.state),
    }
    return {
      updates: after.updates.map((update) => where(waits, 0, update)),
      state: kept as unknown as Slots<AccumulateLayout<L>>,
    }
  })
}
