import type { FusedNest } from '../fuse/fuse.ts'
import type { Load } from '../kernel/expr.ts'
import { expressionsIn } from '../kernel/scalars.ts'

/** What has to run before what: a nest after those that write what it reads, and after those that still read what it writes over. */
export class Dependencies {
  readonly nests: FusedNest[] = []
  /** The tensors that each nest reads. */
  readonly reads = new Map<FusedNest, ReadonlySet<number>>()
  readonly #writers = new Map<number, FusedNest>()
  readonly #before = new Map<FusedNest, Set<FusedNest>>()

  add(nest: FusedNest): void {
    this.nests.push(nest)
    for (const { tensor } of nest.stores) this.#writers.set(tensor, nest)
    this.reads.set(nest, new Set(loadsIn(nest).map((load) => load.slot)))
    this.#before.set(nest, new Set())
  }

  /** The nest that stores a tensor; none for an input. */
  writerOf(tensor: number): FusedNest | undefined {
    return this.#writers.get(tensor)
  }

  readersOf(tensor: number): readonly FusedNest[] {
    return this.nests.filter((nest) => this.reads.get(nest)!.has(tensor))
  }

  /** Has `later` wait for others, beside those whose results it reads. */
  wait(later: FusedNest, others: readonly FusedNest[]): void {
    for (const other of others) this.#before.get(later)!.add(other)
  }

  /** Whether `nest` is `earlier` or has to run after it. */
  runsAfter(nest: FusedNest, earlier: FusedNest): boolean {
    const seen = new Set<FusedNest>([nest])
    for (const at of seen) {
      if (at === earlier) return true
      for (const other of this.#predecessors(at)) seen.add(other)
    }
    return false
  }

  /** The nests in steps, each as early as what it waits for allows. */
  steps(): readonly (readonly FusedNest[])[] {
    const levels = new Map<FusedNest, number>()
    const level = (nest: FusedNest): number => {
      const known = levels.get(nest)
      if (known !== undefined) return known
      const found = Math.max(-1, ...this.#predecessors(nest).map(level)) + 1
      levels.set(nest, found)
      return found
    }
    const steps: FusedNest[][] = []
    for (const nest of this.nests) {
      const at = level(nest)
      while (steps.length <= at) steps.push([])
      steps[at]!.push(nest)
    }
    return steps
  }

  #predecessors(nest: FusedNest): readonly FusedNest[] {
    const writers = [...this.reads.get(nest)!].flatMap((tensor) => this.#writers.get(tensor) ?? [])
    return [...this.#before.get(nest)!, ...writers.filter((writer) => writer !== nest)]
  }
}

export const loadsIn = ({ stores }: FusedNest): readonly Load[] =>
  [...expressionsIn(stores.map((store) => store.value))].filter((expr) => expr.kind === 'load')
