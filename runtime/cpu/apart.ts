import type { Executable, Place } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Range, Words } from '../device.ts'
import { type Arena, arenaOf } from './arena.ts'
import { CpuCopy, wordsOf } from './copy.ts'
import { sameKind } from './executable.ts'
import type { Pool } from './pool.ts'
import type { Queue } from './queue.ts'

/** An executable for a thread that may not wait, a page's own: a pool runs it while the page goes on. What is asked for meanwhile happens when it is done. */
export class ApartExecutable implements Loaded {
  readonly #name: string
  readonly #queue: Queue
  readonly #pool: Pool
  #live: { readonly arena: Arena; readonly job: number } | undefined
  #done: (failure?: Error) => void = () => {}
  /** Takes it from the pool, once what was asked for is done. For when it is collected, too: it does not hold this. */
  leave: () => void = () => {}

  private constructor(name: string, pool: Pool, queue: Queue) {
    this.#name = name
    this.#pool = pool
    this.#queue = queue
  }

  static async load(executable: Executable, pool: Pool, queue: Queue): Promise<ApartExecutable> {
    const arena = await arenaOf(executable, pool.size)
    const made = new ApartExecutable(executable.plan.name, pool, queue)
    const { module, env, scratch } = arena
    // Not to be kept by the pool: it is collected when nobody else has it.
    const held = new WeakRef(made)
    const done = (failure?: Error) => {
      const running = held.deref()
      if (running) running.#done(failure)
    }
    const job = await pool.load({ module, env, scratch, threads: pool.size, done })
    made.#live = { arena, job }
    let left = false
    made.leave = () => {
      if (left) return
      left = true
      queue.add(() => pool.drop(job))
    }
    return made
  }

  write(place: Place, data: Words): void {
    const range = this.#range(place, data.length)
    const words = this.#queue.busy ? data.slice() : data
    this.#queue.add(() => range.set(words))
  }

  run(): void {
    this.check()
    const { arena, job } = this.#alive()
    this.#queue.add(
      () =>
        new Promise((resolve, reject) => {
          this.#done = (error) => (error ? reject(error) : resolve())
          arena.prepare()
          this.#pool.start(job)
        }),
    )
  }

  repeat(times: number, history: readonly Range[]): readonly Kept[] {
    const ranges = history.map(({ place, length }) => this.#range(place, length))
    const words = ranges.map((range) => sameKind(range, times * range.length))
    for (let time = 0; time < times; time++) {
      this.run()
      this.#queue.add(() => {
        for (const [i, range] of ranges.entries()) words[i]!.set(range, time * range.length)
      })
    }
    const copied = this.#queue.add(() => {})
    return words.map((all) => new CpuCopy(all, copied))
  }

  async timed(): Promise<readonly number[]> {
    throw new Error(
      `${this.#name} is run by threads beside the page's own, which cannot time its parts: profile on openDevice('cpu', { threads: 1 })`,
    )
  }

  async read(place: Place, length: number): Promise<Words> {
    return this.keep(place, length).read()
  }

  keep(place: Place, length: number): Kept {
    const range = this.#range(place, length)
    const words = sameKind(range, length)
    return new CpuCopy(
      words,
      this.#queue.add(() => words.set(range)),
    )
  }

  restore(kept: Kept, place: Place): void {
    const words = wordsOf(kept)
    const range = this.#range(place, words.length)
    this.#queue.add(() => range.set(words))
  }

  check(): void {
    this.#alive()
    this.#queue.check()
  }

  dispose(): void {
    this.leave()
    this.#live = undefined
  }

  #range = (place: Place, length: number): Words => this.#alive().arena.range(place, length)

  #alive() {
    if (!this.#live) throw new Error(`${this.#name} has been disposed`)
    return this.#live
  }
}
