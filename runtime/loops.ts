import type { Place, PlanOutline } from '../compiler/plan/plan.ts'

/** What a plan runs, in order: dispatches, and loops of them. */
export type Scheduled = Dispatched | ScheduledLoop

export interface Dispatched {
  readonly dispatch: number
}

export interface ScheduledLoop {
  /** 0: any number. */
  readonly times: number
  /** What a turn runs before the loop may end; nothing where it has no test. */
  readonly before: readonly Scheduled[]
  /** The loop ends where the word there is 0. */
  readonly test: Place | undefined
  readonly body: readonly Scheduled[]
}

/** The dispatches of a plan with the loops that it says are around them. */
export function scheduleOf({
  dispatches,
  loops = [],
}: Pick<PlanOutline, 'dispatches' | 'loops'>): readonly Scheduled[] {
  const within = (from: number, to: number, inner: typeof loops): readonly Scheduled[] => {
    const found: Scheduled[] = []
    for (let at = from; at < to; ) {
      const loop = inner.find((candidate) => candidate.from === at)
      if (!loop) {
        found.push({ dispatch: at++ })
        continue
      }
      // What it contains comes after it in the list.
      const rest = inner.slice(inner.indexOf(loop) + 1).filter((other) => other.to <= loop.to)
      const tested = loop.test?.at ?? loop.from
      found.push({
        times: loop.times,
        before: within(loop.from, tested, rest),
        test: loop.test?.place,
        body: within(tested, loop.to, rest),
      })
      at = loop.to
    }
    return found
  }
  return within(0, dispatches.length, loops)
}

/** Where a place lies in given turns of the loops around it, in elements. */
export const offsetAt = ({ offset, advance = [] }: Place, turns: readonly number[]): number =>
  advance.reduce((sum, by, depth) => sum + by * turns[depth]!, offset)
