import type { Fused, FusedNest } from '../fuse/fuse.ts'
import type { Nest } from '../kernel/kernel.ts'
import type { Origin } from '../kernel/scalars.ts'
import { again } from './again.ts'
import { stem } from './names.ts'
import { type Pattern, patternOf } from './pattern.ts'
import type { Schedule, Scheduled } from './schedule.ts'

interface Known {
  readonly pattern: Pattern
  readonly parts: readonly Scheduled[]
  /** By where a tensor lies, in the order in which they were asked for. */
  readonly slots: ReadonlyMap<number, number>
}

/** Schedules the nests of a program, those of one pattern once: the layers of a network are mostly alike. */
export class Schedules {
  readonly #schedule: Schedule
  readonly #known = new Map<string, Known>()

  constructor(schedule: Schedule) {
    this.#schedule = schedule
  }

  /** The nests that one becomes. `homeOf` says whose memory a tensor has, `slotOf` numbers those for the kernel. */
  of(
    fused: Fused,
    nest: FusedNest,
    homeOf: (tensor: number) => number,
    slotOf: (home: number) => number,
  ): readonly Nest[] {
    const slots = new Map<number, number>()
    const slotOfTensor = (tensor: number) => {
      const home = homeOf(tensor)
      const slot = slotOf(home)
      slots.set(home, slot)
      return slot
    }
    const made = () => this.#schedule(fused, nest, slotOfTensor)
    // What a form says of pairs is not in the pattern.
    if (nest.pairs) return made().map((part) => part.nest)
    const pattern = patternOf(fused.scalars, nest, homeOf)
    const known = this.#known.get(pattern.text)
    if (known) return alike(known, nest.name, pattern, slotOf)
    const parts = made()
    // What has no loops may have been made for another nest before, and is said to be of that one's line.
    const own = new Set(pattern.origins)
    const isOwn = parts.every(({ notes }) => [...notes.values()].every((origin) => own.has(origin)))
    if (isOwn) this.#known.set(pattern.text, { pattern, parts, slots })
    return parts.map((part) => part.nest)
  }
}

function alike({ pattern, parts, slots }: Known, name: string, now: Pattern, slotOf: (home: number) => number) {
  const homes = new Map(pattern.homes.map((home, i) => [home, now.homes[i]!]))
  const origins = new Map<Origin, Origin>()
  const names = new Map<string, string>()
  for (const [i, origin] of pattern.origins.entries()) {
    const other = now.origins[i]!
    origins.set(origin, other)
    names.set(stem(origin.name), stem(other.name))
    names.set(origin.name, other.name)
  }
  const slotsNow = new Map([...slots].map(([home, slot]) => [slot, slotOf(homes.get(home)!)]))
  const changes = {
    name,
    slotOf: (slot: number) => slotsNow.get(slot)!,
    nameOf: (base: string) => names.get(base) ?? base,
    originOf: (origin: Origin) => origins.get(origin)!,
  }
  return parts.map((part) => again(part, changes))
}
