import { type Reply, startThread, type Thread } from './thread.ts'
import { at, controlBytes, workerSource } from './worker-source.ts'

/** What threads need to run a program beside each other. */
export interface Job {
  readonly module: WebAssembly.Module
  readonly env: { readonly [name: string]: WebAssembly.ImportValue }
  /** Where each thread of the pool has scratch memory. */
  readonly scratch: readonly number[]
  /** All that run it. */
  readonly threads: number
  /** Where the first thread of the pool leads: called when it has seen all done, or will not. */
  readonly done?: (failure?: Error) => void
}

/** A job that all threads have. It holds nothing of who asked for it. */
export interface LoadedJob {
  /** Calls all threads to it. */
  start(): void
  /** Takes it from them. Again is nothing. */
  drop(): void
}

/** Threads beside the one that calls. They sleep while there is nothing to do. */
export class Pool {
  readonly #threads: readonly Thread[]
  readonly #control = new Int32Array(new SharedArrayBuffer(controlBytes))
  readonly #read: number[]
  /** What is called when a job is done, where the pool leads it. */
  readonly #jobs = new Map<number, Job['done']>()
  #running: number | undefined
  #waiting: { readonly id: number; readonly mail: number; resolve(): void; reject(error: Error): void }[] = []
  #failure: Error | undefined
  #last = 0

  constructor(size: number) {
    this.#threads = Array.from({ length: size }, () => startThread(workerSource))
    this.#read = this.#threads.map(() => 0)
    for (const [i, thread] of this.#threads.entries()) thread.listen((reply) => this.#hear(i, reply))
    this.#post(() => ({ control: this.#control.buffer }))
  }

  get size(): number {
    return this.#threads.length
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Gives threads a job; resolves when all of them have it. */
  async load({ module, env, scratch, threads, done }: Job): Promise<LoadedJob> {
    const id = ++this.#last
    this.#jobs.set(id, done)
    const mail = this.#post((i) => ({
      id,
      module,
      env,
      scratch: scratch[i]!,
      threads,
      leads: i === 0 && done !== undefined,
    }))
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ id, mail, resolve, reject })
        this.#settle()
      })
    } catch (error) {
      // Other threads may have taken it.
      this.#drop(id)
      throw error
    }
    return this.#loaded(id)
  }

  /** Not written where the job's memory is in scope: a closure there would hold it. */
  #loaded(id: number): LoadedJob {
    return { start: () => this.#start(id), drop: () => this.#drop(id) }
  }

  #start(id: number): void {
    if (this.#failure) throw this.#failure
    if (this.#jobs.get(id)) {
      this.#running = id
      this.#hold()
    }
    Atomics.store(this.#control, at.job, id)
    this.#signal()
  }

  #drop(id: number): void {
    if (this.#jobs.delete(id)) this.#post(() => ({ id, drop: true }))
  }

  end(): void {
    this.#fail('the CPU device was disposed of')
    for (const thread of this.#threads) thread.end()
  }

  #signal(): void {
    Atomics.add(this.#control, at.signal, 1)
    Atomics.notify(this.#control, at.signal)
  }

  #post(messageOf: (thread: number) => object): number {
    const mail = Atomics.add(this.#control, at.mail, 1) + 1
    this.#signal()
    for (const [i, thread] of this.#threads.entries()) thread.post(messageOf(i))
    return mail
  }

  #hear(thread: number, reply: Reply): void {
    if ('done' in reply) {
      this.#running = undefined
      this.#jobs.get(reply.done)?.()
    } else if ('read' in reply) {
      this.#read[thread] = reply.read
      const { refused } = reply
      const loading = this.#waiting.find(({ id }) => id === refused?.id)
      loading?.reject(new Error(`a thread of the CPU device cannot load the program: ${refused!.reason}`))
    } else this.#fail(`a thread of the CPU device has failed: ${reply.failed}`)
    this.#settle()
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason)
    if (this.#running !== undefined) this.#jobs.get(this.#running)?.(this.#failure)
    this.#running = undefined
  }

  #settle(): void {
    const read = Math.min(...this.#read)
    const [failure, waiting] = [this.#failure, this.#waiting]
    this.#waiting = failure ? [] : waiting.filter(({ mail }) => mail > read)
    for (const { mail, resolve, reject } of waiting) {
      if (failure) reject(failure)
      else if (mail <= read) resolve()
    }
    this.#hold()
  }

  /** The process stays while somebody waits for an answer, and no longer. */
  #hold(): void {
    const held = this.#waiting.length > 0 || this.#running !== undefined
    for (const thread of this.#threads) thread.hold(held)
  }
}

/** Pools that devices share, as they share the machine: by how many threads they have, and whether those lead. */
const pools = new Map<string, { readonly pool: Pool; users: number }>()

/** What a device has of a pool; `leave` gives it back, and ends it where nobody else has it. */
export interface Joined {
  readonly pool: Pool
  leave(): void
}

/**
 * A pool of so many threads; with `leads` one of them leads in place of a thread that calls. One that has failed is
 * left to those who have it.
 */
export function joinPool(size: number, leads: boolean): Joined {
  const key = `${size}${leads ? ' that lead' : ''}`
  const found = pools.get(key)
  const shared = found && !found.pool.failed ? found : { pool: new Pool(size), users: 0 }
  pools.set(key, shared)
  shared.users++
  let joined = true
  return {
    pool: shared.pool,
    leave() {
      if (!joined) return
      joined = false
      if (--shared.users > 0) return
      if (pools.get(key) === shared) pools.delete(key)
      shared.pool.end()
    },
  }
}
