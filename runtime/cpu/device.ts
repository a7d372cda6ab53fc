import type { Executable } from '../../compiler/plan/plan.ts'
import { baseline } from '../capabilities.ts'
import type { Device } from '../device.ts'
import type { ApartExecutable } from './apart.ts'
import { CpuExecutable } from './executable.ts'
import { relaxedSimd, simd } from './features.ts'
import { canShare, canWait, coresOf } from './host.ts'
import { mostBytes } from './layout.ts'
import type { Joined } from './pool.ts'
import type { Queue } from './queue.ts'

export interface CpuOptions {
  /**
   * Threads that compute, the calling one among them; as many as the machine runs at once unless given, and 1 in pages
   * that are not cross-origin isolated. Results are the same to the bit.
   */
  readonly threads?: number
  /**
   * Instructions on four numbers at once. Used where the engine has them unless false; true asks for them, and where
   * they cannot be had it throws. Without them a step takes several times as long.
   */
  readonly simd?: boolean
  /**
   * Multiply-adds that round once, which are faster. Used where the engine has them unless false; true asks for them:
   * in Node 20 that turns them on for the whole process, code that is compiled later included, and where they cannot be
   * had it throws.
   */
  readonly relaxedSimd?: boolean
}

/**
 * The CPU as a device: WebAssembly, with 128-bit SIMD where the engine has it, on the thread that calls and others
 * beside it; where that one may not wait (`mayWait`), on others alone. Runs in Node and in browsers.
 */
export async function openCpu(options: CpuOptions = {}, mayWait = canWait()): Promise<Device> {
  const threads = threadsOf(options.threads)
  const vectors = simd(options.simd)
  if (options.simd === false && options.relaxedSimd === true)
    throw new TypeError(
      "openDevice('cpu', { simd: false, relaxedSimd: true }): relaxed SIMD is SIMD; leave one of them out",
    )
  const relaxed = relaxedSimd(options.relaxedSimd) && vectors
  // A page's own thread may not wait for others, so there all of them are others.
  const apart = threads > 1 && !mayWait
  let open = true
  const checkOpen = ({ plan }: Executable) => {
    if (!open) throw new Error(`the device that ${plan.name} is to be loaded on has been disposed`)
  }
  let joined: Joined | undefined
  const join = async (executable: Executable) => {
    // A program for one thread does without it.
    const { joinPool } = await import('./pool.ts')
    checkOpen(executable)
    joined ??= joinPool(apart ? threads : threads - 1, apart)
    return joined.pool
  }
  let queue: Queue | undefined
  const loadApart = async (executable: Executable): Promise<ApartExecutable> => {
    const { ApartExecutable, queueOf } = await import('./apart.ts')
    const pool = await join(executable)
    queue = queueOf(pool)
    return ApartExecutable.load(executable, pool)
  }
  const loadHere = (executable: Executable) =>
    CpuExecutable.load(executable, async () => (threads > 1 ? join(executable) : undefined))
  const loaded = new Set<WeakRef<CpuExecutable | ApartExecutable>>()
  let lose: (reason: Error) => void = () => {}
  const lost = new Promise<Error>((resolve) => {
    lose = resolve
  })
  const dispose = () => {
    if (!open) return
    open = false
    for (const executable of loaded) executable.deref()?.dispose()
    loaded.clear()
    joined?.leave()
    lose(new Error('the CPU device was disposed of'))
  }
  const what = `WebAssembly${relaxed ? ' relaxed SIMD' : vectors ? ' SIMD' : ''}, ${threads} thread${threads === 1 ? '' : 's'}`
  return {
    kind: 'cpu',
    name: `CPU (${what})`,
    target: 'wasm',
    info: { vendor: '', architecture: 'wasm', description: what, isFallback: false },
    features: [...(relaxed ? ['relaxed-simd'] : []), ...(vectors ? ['simd'] : [])],
    limits: { maxBufferSize: mostBytes, threads },
    capabilities: { ...baseline, simd: vectors },
    lost,
    async load(executable: Executable) {
      checkOpen(executable)
      const made = await (apart ? loadApart(executable) : loadHere(executable))
      if (!open) made.dispose()
      checkOpen(executable)
      const held = new WeakRef(made)
      loaded.add(held)
      const { leave } = made
      gone.register(made, () => {
        loaded.delete(held)
        leave()
      })
      return made
    },
    ready: async () => queue?.down(mostAhead),
    dispose,
    [Symbol.dispose]: dispose,
  }
}

/** Calls that a page's loop is ahead of its threads, at most, when it awaits that the device is ready. */
const mostAhead = 2

/** Executables that nobody holds any more. */
const gone = new FinalizationRegistry<() => void>((forget) => forget())

function threadsOf(threads: number | undefined): number {
  if (threads !== undefined && (!Number.isSafeInteger(threads) || threads < 1 || threads > mostThreads))
    throw new TypeError(
      `openDevice('cpu'): threads is ${threads}; it must be a whole number from 1 to ${mostThreads}, or left out for one a core`,
    )
  return canShare() ? Math.min(threads ?? coresOf(), mostThreads) : 1
}

const mostThreads = 256
