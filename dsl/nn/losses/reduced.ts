import { described } from '../../error.ts'
import { mean, sum } from '../../operations/reduce.ts'
import type { Reduction } from '../../shape/loss.ts'
import { extentsOf, type Held } from '../../trace/held.ts'
import { fail } from '../../trace/trace.ts'
import { traced } from '../../traced-tensor.ts'

export interface LossOptions<R extends Reduction = Reduction> {
  /** 'mean' unless given; that of no losses is NaN. */
  readonly reduction?: R
}

/** The losses as the options want them. */
export function reduced(op: string, losses: Held, reduction: Reduction = 'mean') {
  if (reduction === 'none') return traced(losses)
  if (reduction === 'sum') return traced(sum(losses))
  if (reduction === 'mean') return traced(mean(losses))
  throw fail(`type error: ${op}: reduction is ${described(reduction)}, needs 'mean', 'sum' or 'none'`)
}

/** What the rules look at. */
export const typed = (x: Held) => ({ shape: extentsOf(x), dtype: x.dtype })
