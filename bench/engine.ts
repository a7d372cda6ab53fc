import { type AnyProgram, compile, type Device, type Sizes } from '../index.ts'
import type { Numbers, Task } from './tasks.ts'

/** What computes tasks. */
export interface Engine {
  readonly name: string
  prepare(task: Task): Promise<Prepared>
}

/** A task that is ready to be timed. */
export interface Prepared {
  /** The losses of the first three steps, or a few elements of the product: what must be the same everywhere. */
  readonly check: readonly number[]
  /** From nothing to the first step, in milliseconds, where that is compiling. */
  readonly compiling?: number
  /** Runs steps, and resolves when they are done. */
  steps(count: number): Promise<void>
  dispose(): void
}

/** A program for sizes, whatever its types are: what is measured is named by data. */
export interface AnyRun {
  (inputs: object): object
  steps(count: number, inputs: object, options: { history: true }): { last: Results; history: Results }
  steps(count: number, inputs: object): Results
  init(options: { seed: number }): Promise<object>
  dispose(): void
}
interface Results {
  readonly state: object
  readonly loss: { read(): Promise<Float32Array> }
  readonly product: { read(): Promise<Float32Array>; dispose(): void }
  readonly noise: { read(): Promise<Float32Array> }
  readonly times: { read(): Promise<Float32Array> }
}

export const compileAny = compile as unknown as (program: AnyProgram, device: Device, sizes: Sizes) => Promise<AnyRun>

/** A device of this project. `settled` resolves when all that it was given is done. */
export const engineOf = (device: Device, settled: () => Promise<void>): Engine => ({
  name: device.kind === 'cpu' ? 'fluxion cpu' : 'fluxion webgpu',
  async prepare(task) {
    const started = performance.now()
    const run = await compileAny(task.program, device, task.sizes)
    const compiling = performance.now() - started
    const isProduct = task.kind === 'matmul'
    const arrays = Object.fromEntries(Object.entries(task.inputs).map(([name, { data }]) => [name, data]))
    let state = isProduct ? arrays : await run.init({ seed })
    const inputs = isProduct ? {} : arrays
    const check = async () => {
      if (isProduct) {
        const { state: next, product } = run.steps(1, { state })
        state = next as typeof state
        return probes(await product.read())
      }
      const { last, history } = run.steps(3, { state, ...inputs }, { history: true })
      state = last.state as typeof state
      return [...(await history.loss.read())]
    }
    return {
      check: await check(),
      compiling,
      async steps(count) {
        const results = run.steps(count, { state, ...inputs })
        state = results.state as typeof state
        await settled()
        if (isProduct) results.product.dispose()
      },
      dispose: () => run.dispose(),
    }
  },
})

export const seed = 0

/** A few elements of a product. */
const probes = (data: Float32Array): readonly number[] => [
  data[0]!,
  data[Math.floor(data.length / 3)]!,
  data[data.length - 1]!,
]

/** The state that a task starts from, by name and nested as the program has it, as one device makes it. */
export async function initialState(task: Task, device: Device): Promise<StateTree> {
  const run = await compileAny(task.program, device, task.sizes)
  const read = async (tree: object): Promise<StateTree> => {
    if ('read' in tree) {
      const tensor = tree as { read(): Promise<Float32Array>; readonly shape: readonly number[] }
      return { data: await tensor.read(), shape: tensor.shape }
    }
    const parts: [string, StateTree][] = []
    for (const [name, part] of Object.entries(tree)) parts.push([name, await read(part as object)])
    return Object.fromEntries(parts)
  }
  const state = await read(await run.init({ seed }))
  run.dispose()
  return state
}

export type StateTree = Numbers | { readonly [name: string]: StateTree }
