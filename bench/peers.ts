import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDevice } from '../index.ts'
import { compileAny, type Engine, initialState, type Prepared, type StateTree } from './engine.ts'
import { drawsOf, type Numbers, type Task } from './tasks.ts'

/** What peers are told: those on the CPU that have a choice take it. */
export interface PeerOptions {
  readonly threads: number
  readonly relaxed: boolean
  /** The folder of hand-written kernels. */
  readonly probe?: string
}

/** What a module of `bench/peers` exports. It needs its packages, which are installed there alone. */
interface PeerModule {
  readonly name: string
  start(options: PeerOptions): Promise<void>
  prepare(task: PeerTask): Promise<Prepared>
}

/** A task as data. A flow prior's noise and times are drawn before: so a peer has a little less to do. */
type PeerTask = Pick<Task, 'kind' | 'learningRate'> & {
  readonly params: StateTree
  readonly inputs: { readonly [name: string]: Numbers | readonly Numbers[] }
}

export const installPeers = 'npm ci --prefix bench/peers'

/** The peers that are installed, and why others are not measured. */
export async function openPeers(
  root: string,
  options: PeerOptions,
): Promise<{ readonly engines: readonly Engine[]; readonly missing: readonly string[] }> {
  const engines: Engine[] = []
  const missing: string[] = []
  for (const file of ['probe.js', 'jax.js', 'tfjs.js']) {
    const path = join(root, 'bench/peers', file)
    if (file !== 'probe.js' && !existsSync(join(root, 'bench/peers/node_modules'))) {
      missing.push(`${file}: not installed; ${installPeers}`)
      continue
    }
    try {
      const peer = (await import(pathToFileURL(path).href)) as PeerModule
      await peer.start(options)
      engines.push({ name: peer.name, prepare: async (task) => peer.prepare(await asData(task)) })
    } catch (error) {
      missing.push(`${file}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { engines, missing }
}

async function asData(task: Task): Promise<PeerTask> {
  const { kind, learningRate, inputs } = task
  if (kind === 'matmul') return { kind, learningRate, inputs, params: {} }
  const device = await openDevice('cpu')
  const state = (await initialState(task, device)) as { readonly [name: string]: StateTree }
  device.dispose()
  const params = state.params!
  if (kind !== 'flow') return { kind, learningRate, inputs, params }
  return { kind, learningRate, params, inputs: { ...inputs, ...(await draws(task, state.key as Numbers)) } }
}

/** The noise and times of the first three steps. */
async function draws({ inputs }: Task, key: Numbers) {
  const shape = inputs.x1!.shape as [number, number]
  const device = await openDevice('cpu')
  const run = await compileAny(drawsOf(...shape), device, {})
  let state: object = { key: key.data }
  const noise: Numbers[] = []
  const times: Numbers[] = []
  for (let done = 0; done < 3; done++) {
    const drawn = run.steps(1, { state })
    state = drawn.state
    noise.push({ data: await drawn.noise.read(), shape })
    times.push({ data: await drawn.times.read(), shape: [shape[0]] })
  }
  device.dispose()
  return { noise, times }
}
