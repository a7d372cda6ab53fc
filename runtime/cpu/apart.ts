import type { Executable, Place } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Range, Words } from '../device.ts'
import { type Arena, arenaOf } from './arena.ts'
import { CpuCopy, sameKind, wordsOf } from './copy.ts'
import { count } from './counted.ts'
import { nothing } from './executable.ts'
import type { LoadedJob, Pool } from './pool.ts'
import { Queue } from './queue.ts'

/** What each pool is asked for, in order, by whichever devices: it runs one program at a time. */
const queues = new WeakMap<Pool, Queue>()

export function queueOf(pool: Pool): Queue {
  const queue = queues.get(pool) ?? new Queue()
  queues.set(pool, queue)
  return queue
}

/** What is called when the threads have run a program. */
interface Running {
  done: (failure?: Error) => void
}

/**
 * An executable for a thread that may not wait, a page's own: a pool runs it while the page goes on. What is asked for
 * meanwhile happens when it is done.
 */
export class ApartExecutable implements Loaded {
  readonly #name: string
  readonly #queue: Queue
  #live: { readonly arena: Arena; readonly job: LoadedJob } | undefined
  readonly #running: Running
  /** Takes it from the pool, once what was asked for is done. For when it is collected, too: it does not hold this. */
  leave: () => void = nothing

  private constructor(name: string, queue: Queue, running: Running) {
    this.#name = name
    this.#running = running
    this.#queue = queue
  }

  static async load(executable: Executable, pool: Pool): Promise<ApartExecutable> {
    const arena = await arenaOf(executable, pool.size)
    const { module, env, scratch } = arena
    // The pool keeps this and not the executable, which is collected when nobody else has it; a run then ends all the
    // same.
    const running: Running = { done: nothing }
    const done = (failure?: Error) => running.done(failure)
    const queue = queueOf(pool)
    const made = new ApartExecutable(executable.plan.name, queue, running)
    const job = await pool.load({ module, env, scratch, threads: pool.size, done })
    made.#live = { arena, job }
    made.leave = () => void queue.add(job.drop)
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
    const running = this.#running
    this.#queue.add(
      () =>
        new Promise((resolve, reject) => {
          running.done = (failure) => {
            // It can see the arena.
            running.done = nothing
            if (failure) reject(failure)
            else resolve()
          }
          arena.prepare()
          job.start()
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
    if (!this.#live) return
    const { bytes } = this.#live.arena
    this.leave()
    this.#live = undefined
    count(bytes)
  }

  #range = (place: Place, length: number): Words => this.#alive().arena.range(place, length)

  #alive() {
    if (!this.#live) throw new Error(`${this.#name} has been disposed`)
    return this.#live
  }
}
