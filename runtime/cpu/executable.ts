import type { Executable, Place } from '../../compiler/plan/plan.ts'
import type { Kept, Loaded, Range, Words } from '../device.ts'
import { type Arena, arenaOf } from './arena.ts'
import { CpuCopy, sameKind, wordsOf } from './copy.ts'
import { count } from './counted.ts'
import type { Pool } from './pool.ts'

/** What the code is told: to return when all is done, and to call the clock. */
const [leads, timed] = [1, 2]

type Run = (scratch: number, threads: number, flags: number) => void

/**
 * An executable that the calling thread runs, and those of a pool with it. Everything has happened when a call returns.
 */
export class CpuExecutable implements Loaded {
  readonly #name: string
  /** Calls the threads that help. */
  #callHelpers: () => void = nothing
  /** Takes it from the pool. For when it is collected, too: it does not hold this. */
  leave: () => void = nothing
  // Holds the memory, and whoever has disposed this may keep a reference to it.
  #live: { readonly arena: Arena; readonly run: Run } | undefined
  #clock: (dispatch: number) => void = nothing

  private constructor(arena: Arena) {
    const clock = (dispatch: number) => this.#clock(dispatch)
    const { exports } = new WebAssembly.Instance(arena.module, { env: { ...arena.env, clock } })
    this.#name = arena.plan.name
    this.#live = { arena, run: exports.run as Run }
  }

  /** `pool` gives the threads that help; it is not asked for where there is nothing to share. */
  static async load(executable: Executable, pool: () => Promise<Pool | undefined>): Promise<CpuExecutable> {
    const { code } = executable
    const helpers = code.target === 'wasm' && code.shared ? await pool() : undefined
    const arena = await arenaOf(executable, 1 + (helpers?.size ?? 0))
    const made = new CpuExecutable(arena)
    if (!helpers) return made
    const { module, env, scratch } = arena
    const job = await helpers.load({ module, env, scratch: scratch.slice(1), threads: scratch.length })
    made.#callHelpers = job.start
    made.leave = job.drop
    return made
  }

  write(place: Place, data: Words): void {
    this.#range(place, data.length).set(data)
  }

  run(): void {
    this.#run(leads)
  }

  repeat(times: number, history: readonly Range[]): readonly Kept[] {
    const kept = history.map(({ place, length }) => sameKind(this.#range(place, length), times * length))
    for (let time = 0; time < times; time++) {
      this.run()
      for (const [i, { place, length }] of history.entries()) kept[i]!.set(this.#range(place, length), time * length)
    }
    return kept.map((words) => new CpuCopy(words))
  }

  async timed(): Promise<readonly number[]> {
    const { plan } = this.#alive().arena
    const nanoseconds = plan.dispatches.map(() => 0)
    let last = performance.now()
    this.#clock = (dispatch) => {
      const now = performance.now()
      nanoseconds[dispatch]! += 1e6 * (now - last)
      last = now
    }
    this.#run(leads | timed)
    return nanoseconds
  }

  async read(place: Place, length: number): Promise<Words> {
    return this.#range(place, length).slice()
  }

  keep(place: Place, length: number): Kept {
    return new CpuCopy(this.#range(place, length).slice())
  }

  restore(kept: Kept, place: Place): void {
    this.write(place, wordsOf(kept))
  }

  check(): void {
    this.#alive()
  }

  dispose(): void {
    if (!this.#live) return
    const { bytes } = this.#live.arena
    this.#live = undefined
    this.leave()
    count(bytes)
  }

  #run(flags: number): void {
    const { arena, run } = this.#alive()
    arena.prepare()
    this.#callHelpers()
    run(arena.scratch[0]!, arena.scratch.length, flags)
  }

  #range = (place: Place, length: number): Words => this.#alive().arena.range(place, length)

  #alive() {
    if (!this.#live) throw new Error(`${this.#name} has been disposed`)
    return this.#live
  }
}

/** Not written in a class: every function of its fields holds the object, where one of them speaks of it. */
export const nothing = (): void => {}
