import type { Slot } from '../kernel/kernel.ts'
import type { Place, Plan, PlanLoop } from '../plan/plan.ts'

/** Some elements of a region, `to` not among them. */
export interface Stretch {
  readonly region: number
  readonly from: number
  readonly to: number
}

/** What lies somewhere from when it is written, or given, until it is needed no more. */
export interface Content {
  readonly at: Stretch
  /** The dispatch and the slot of its kernel that write it; the number of an input that is given. */
  readonly origin: { readonly dispatch: number; readonly slot: number } | { readonly input: number }
  readonly readBy: Set<number>
  /** Whether a dispatch reads what a turn before has left. */
  carried: boolean
}

/**
 * Follows what dispatches read and write in memory: by whom what each reads was written. `inputs` are where what is
 * given lies.
 */
export function contentsOf(plan: Plan, inputs: readonly Stretch[]): readonly Content[] {
  const known = new Map<string, Content>()
  const current: Content[] = inputs.map((at, input) => ({ at, origin: { input }, readBy: new Set(), carried: false }))
  const all = [...current]
  const run = (dispatch: number) => {
    const stretches = slotsOf(plan, dispatch)
    for (const { at, access } of stretches)
      if (access !== 'write')
        for (const content of current.filter((other) => overlap(other.at, at))) {
          content.readBy.add(dispatch)
          if ('dispatch' in content.origin && content.origin.dispatch >= dispatch) content.carried = true
        }
    for (const [slot, { at, access }] of stretches.entries()) {
      if (access === 'read') continue
      const key = `${dispatch} ${slot}`
      const content = known.get(key) ?? { at, origin: { dispatch, slot }, readBy: new Set(), carried: false }
      if (!known.has(key)) all.push(content)
      known.set(key, content)
      for (let i = current.length - 1; i >= 0; i--) if (overlap(at, current[i]!.at)) current.splice(i, 1)
      current.push(content)
    }
  }
  // A second turn finds what the first has left.
  const within = (from: number, to: number, loops: readonly PlanLoop[]) => {
    for (let at = from; at < to; ) {
      const loop = loops.find((candidate) => candidate.from === at)
      if (!loop) {
        run(at++)
        continue
      }
      const inner = loops.slice(loops.indexOf(loop) + 1).filter((other) => other.to <= loop.to)
      within(loop.from, loop.to, inner)
      within(loop.from, loop.to, inner)
      at = loop.to
    }
  }
  within(0, plan.dispatches.length, plan.loops ?? [])
  return all
}

/**
 * The first and last dispatch during which a content has to stay: while a loop turns, also for its other dispatches
 * where turns share it.
 */
export function lifetimeOf({ loops = [] }: Plan, { origin, readBy, carried }: Content): readonly [number, number] {
  const made = 'dispatch' in origin ? origin.dispatch : 0
  let [first, last] = [made, made]
  const has = (loop: PlanLoop, dispatch: number) => loop.from <= dispatch && dispatch < loop.to
  for (const reader of readBy) {
    for (const loop of loops) {
      const apart = has(loop, reader) !== ('dispatch' in origin && has(loop, made))
      const again = carried && has(loop, reader) && has(loop, made)
      if (!apart && !again) continue
      if (has(loop, made) && 'dispatch' in origin) first = Math.min(first, loop.from)
      if (has(loop, reader)) last = Math.max(last, loop.to - 1)
    }
    last = Math.max(last, reader)
  }
  return [first, last]
}

/** What the slots of a dispatch touch, in all turns of the loops around it. */
export const slotsOf = (plan: Plan, dispatch: number): readonly { at: Stretch; access: Slot['access'] }[] => {
  const { kernel, places } = plan.dispatches[dispatch]!
  const around = (plan.loops ?? []).filter(({ from, to }) => from <= dispatch && dispatch < to)
  return plan.kernels[kernel]!.slots.map(({ size, access }, slot) => {
    const { region, offset, advance = [] } = places[slot]!
    let [from, to] = [offset, offset + size]
    for (const [depth, by] of advance.entries()) {
      const way = by * (Math.max(1, around[depth]?.times ?? 1) - 1)
      if (way < 0) from += way
      else to += way
    }
    return { at: { region, from, to }, access }
  })
}

export const stretchOf = ({ region, offset }: Place, size: number): Stretch => ({
  region,
  from: offset,
  to: offset + size,
})

export const overlap = (a: Stretch, b: Stretch): boolean => a.region === b.region && a.from < b.to && b.from < a.to

/** How many elements some stretches of a region have together. */
export function unionOf(stretches: readonly Stretch[]): number {
  let size = 0
  let end = 0
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    size += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return size
}
