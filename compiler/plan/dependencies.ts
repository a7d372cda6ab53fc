import type { FusedLoop, FusedNest } from '../fuse/fuse.ts'

/** What runs at once: a nest, or a loop with all of its turns. */
export type Work = FusedNest | FusedLoop

export const isLoop = (work: Work): work is FusedLoop => 'equation' in work

export const nestsIn = (work: readonly Work[]): readonly FusedNest[] =>
  work.filter((one): one is FusedNest => !isLoop(one))

/** The tensors that are written. */
export const writtenBy = (work: Work): readonly number[] =>
  isLoop(work) ? work.outputs : work.stores.map((store) => store.tensor)

/** The tensors that are read. */
export const readBy = (work: Work): ReadonlySet<number> => (isLoop(work) ? new Set(work.inputs) : work.reads)

/**
 * What has to run before what: work after those that write what it reads, and after those that still read what it
 * writes over.
 */
export class Dependencies {
  readonly work: Work[] = []
  readonly #writers = new Map<number, Work>()
  readonly #before = new Map<Work, Set<Work>>()

  add(one: Work): void {
    this.work.push(one)
    for (const tensor of writtenBy(one)) this.#writers.set(tensor, one)
    this.#before.set(one, new Set())
  }

  /** The one that stores a tensor; none for an input. */
  writerOf(tensor: number): Work | undefined {
    return this.#writers.get(tensor)
  }

  readersOf(tensor: number): readonly Work[] {
    return this.work.filter((one) => readBy(one).has(tensor))
  }

  /** Has `later` wait for others, beside those whose results it reads. */
  wait(later: Work, others: readonly Work[]): void {
    for (const other of others) this.#before.get(later)!.add(other)
  }

  /** Whether `one` is `earlier` or has to run after it. */
  runsAfter(one: Work, earlier: Work): boolean {
    const seen = new Set<Work>([one])
    for (const at of seen) {
      if (at === earlier) return true
      for (const other of this.#predecessors(at)) seen.add(other)
    }
    return false
  }

  /** The work in steps, each as early as what it waits for allows. */
  steps(): readonly (readonly Work[])[] {
    const levels = new Map<Work, number>()
    const level = (one: Work): number => {
      const known = levels.get(one)
      if (known !== undefined) return known
      const found = Math.max(-1, ...this.#predecessors(one).map(level)) + 1
      levels.set(one, found)
      return found
    }
    const steps: Work[][] = []
    for (const one of this.work) {
      const at = level(one)
      while (steps.length <= at) steps.push([])
      steps[at]!.push(one)
    }
    return steps
  }

  #predecessors(one: Work): readonly Work[] {
    const writers = [...readBy(one)].flatMap((tensor) => this.#writers.get(tensor) ?? [])
    return [...this.#before.get(one)!, ...writers.filter((writer) => writer !== one)]
  }
}
