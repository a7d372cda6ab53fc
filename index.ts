import type { Compilation } from './compiler/compile.ts'
import { type Compiled, compilable, compileFor } from './compiler/executable.ts'
import type { ExplainOptions } from './compiler/explain/explain.ts'
import type { ProfileOptions } from './compiler/explain/profile.ts'
import type { PlanOutline } from './compiler/plan/plan.ts'
import type { Tuning } from './compiler/tuning/search.ts'
import type { TuneOptions } from './compiler/tuning/tune.ts'
import type { BoundInputs, BuiltFrom as BuiltFromOn, Fits, KnownDims } from './dsl/compiled.ts'
import { described } from './dsl/error.ts'
import {
  type AnyProgram,
  type Compile,
  type CompileOptions,
  type DimsOf,
  type Fit,
  isLeaf,
  type Program,
  type Sizes,
  type Traced,
  traceInit,
  traceProgram,
} from './dsl/index.ts'
import { batchesOf, checkFed, sampled } from './dsl/sampled.ts'
import { callable } from './runtime/callable.ts'
import type { Device } from './runtime/device.ts'
import { type Bound, bind } from './runtime/run.ts'
import { seedWords } from './runtime/seed.ts'
import type { TrainOptions } from './runtime/train/options.ts'
import type { Entry, Recorder } from './runtime/train/recorder.ts'
import type { Runs, Sampling, Trainable } from './runtime/train/steps.ts'

export { NonFiniteError } from './compiler/debug/non-finite-error.ts'
export type { Explained } from './compiler/explain/explained.ts'
export type { Profile } from './compiler/explain/profile.ts'
export type { Capabilities } from './compiler/plan/plan.ts'
export type { ProductTile, Tuned } from './compiler/plan/tuned.ts'
export type { TunedProduct, Tuning, TuningTrial } from './compiler/tuning/search.ts'
export type { TuneOptions } from './compiler/tuning/tune.ts'
export * from './dsl/index.ts'
export { baseline } from './runtime/capabilities.ts'
export type { Device, DeviceInfo } from './runtime/device.ts'
export { type DeviceOptions, openDevice } from './runtime/open-device.ts'
export { DivergedError } from './runtime/train/diverged.ts'
export type { Beginning, Checkpoint, End, Entry, Progress, Recorder, Resumed } from './runtime/train/recorder.ts'
export { toHost } from './runtime/train/state.ts'
export { type AdapterInfo, listAdapters, WebGpuError } from './runtime/webgpu/index.ts'

/**
 * Compiles a program for a device and for sizes of its named dims, which are left out where it has none. The same
 * program for the same sizes and kind of device is compiled once, however often it is asked for; each has memory of its
 * own.
 *
 * Throws what tracing throws: errors about the program, with its author's line; and where it is too large for the
 * device.
 */
export const compile = (async (
  program: AnyProgram,
  device: Device,
  sizes: Sizes = {},
  { debug }: CompileOptions = {},
) => {
  checkDevice('compile', device)
  if (debug !== undefined && debug !== 'nan')
    throw new TypeError(`compile: debug is ${described(debug)}; write { debug: 'nan' }, or leave it out`)
  const made = await compiled(program, 'program', sizes, device)
  const { compilation, code, plan } = made
  const loaded = bind(made, await device.load(made), device)
  const bound = debug === 'nan' ? await finding(loaded, plan, compilation) : loaded
  const run = callable(bound, () => loadInitialiser(program, device, sizes))
  return Object.assign(run, {
    async explain(options?: ExplainOptions) {
      const { explain } = await import('./compiler/explain/explain.ts')
      return explain(compilation, code, options)
    },
    async profile(inputs: unknown, options?: ProfileOptions) {
      const { describe } = await import('./compiler/explain/describe.ts')
      const { profiled, runsOf } = await import('./compiler/explain/profile.ts')
      const runs = runsOf(plan.name, options)
      // In memory of its own, where state is copied in and changes nobody's. The first run is not counted: what is cold
      // is warm after it.
      const apart = bind(made, await device.load(made), device)
      try {
        const [, ...times] = await apart.timed(runs + 1, inputs)
        return profiled(describe(compilation, code), device.name, times, options)
      } finally {
        apart.dispose()
      }
    },
  })
}) as unknown as Compile<Device>

export type Tune = <In, Out, const N extends { readonly [K in DimsOf<In>]: number }, A>(
  program: Program<In, Out> & KnownDims<In, NoInfer<N>>,
  device: Device,
  sizes: N,
  options?: TuneOptions<Fits<BoundInputs<In, N>, A>>,
) => Promise<Tuning>

/**
 * Measures on a GPU how the kernels of a program are best made there: the tiles of its products, and whether values for
 * pairs of rows are stored. Gives what was found as plain data; a device that is opened with it, `openDevice('webgpu',
 * { tuned })`, makes kernels so for all programs with products of those sizes. Nothing that was faster alone is kept if
 * it is not faster together.
 *
 * Rejects as `compile` does; with a TypeError where the device leaves nothing to choose, as the CPU and GPUs in
 * software do; and where it cannot time kernels.
 */
export const tune = (async (program: AnyProgram, device: Device, sizes: Sizes = {}, options: TuneOptions = {}) => {
  checkDevice('tune', device)
  const { tuneFor } = await import('./compiler/tuning/tune.ts')
  const whole = compilable(traced(program, 'program', sizes), sizes, isLeaf)
  return tuneFor(whole, device, options, async (made, runs, inputs) => {
    const bound = bind(made, await device.load(made), device)
    try {
      return await bound.timed(runs, inputs)
    } finally {
      bound.dispose()
    }
  })
}) as unknown as Tune

/**
 * Trains a program: a step that takes a state, and gives the next with some scalars, such as the loss. Its batches are
 * rows of the data, and what else it takes is the same in every step; many steps are one submission.
 *
 * Rejects as `compile` does; with a DivergedError where a result is NaN or infinite, which says in which operation that
 * began; and where what was asked for does not fit together.
 */
export const fit = (async (step: AnyProgram, device: Device, sizes: Sizes, options: TrainOptions) => {
  checkDevice('fit', device)
  const { data, inputs = {} } = options
  const batches = data && batchesOf(step, sizes, data.columns)
  checkFed(step, batches?.names ?? [], inputs)
  const { train } = await import('./runtime/train/train.ts')
  const trainable: Trainable = {
    name: step['~definition'].name(),
    device,
    async init(seed) {
      const init = await loadInitialiser(step, device, sizes)
      try {
        return init.call({ key: seedWords(seed) }) as never
      } finally {
        init.dispose()
      }
    },
    async compile(sampling, debug) {
      const program = sampling ? sampledOnce(step, sizes, sampling) : step
      const debugging = debug && { debug }
      return (await compile(program as never, device, (sampling ? {} : sizes) as never, debugging)) as unknown as Runs
    },
  }
  return train({ trainable, ...(batches && { batches }) }, options)
}) as unknown as Fit<Device, Recorder, Entry>

/**
 * The type of an import with `?fluxion`, of which TypeScript knows nothing: `built as BuiltFrom<typeof model, { n: 256
 * }>`, for a module of programs and the sizes that they were compiled for.
 */
export type BuiltFrom<M, N> = BuiltFromOn<M, N, Device>

/**
 * Steps that take their batches out of whole columns, by which: the same again is the same program, which is compiled
 * once.
 */
const samplings = new WeakMap<AnyProgram, Map<string, AnyProgram>>()

function sampledOnce(step: AnyProgram, sizes: Sizes, sampling: Sampling): AnyProgram {
  const ofStep = samplings.get(step) ?? new Map<string, AnyProgram>()
  samplings.set(step, ofStep)
  const key = JSON.stringify([Object.entries(sizes), sampling])
  return latest(ofStep, key, () => sampled(step, sizes, sampling))
}

/** What is known by a key, or is made; of all that are, the latest few are kept. */
function latest<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.delete(key)
  known.set(key, found)
  for (const oldest of [...known.keys()].slice(0, -mostKnown)) known.delete(oldest)
  return found
}

/** The state that a seed makes, as a program. */
async function loadInitialiser(program: AnyProgram, device: Device, sizes: Sizes): Promise<Bound> {
  const init = await compiled(program, 'init', sizes, device)
  return bind(init, await device.load(init), device)
}

/** A program whose calls are searched for the first number that is none. */
async function finding(loaded: Bound, plan: PlanOutline, { traced, simplified }: Compilation): Promise<Bound> {
  const { checkFinite } = await import('./compiler/debug/check-finite.ts')
  const { inspected } = await import('./runtime/inspected.ts')
  return inspected(loaded, plan, (call) => checkFinite(traced, simplified, call))
}

function checkDevice(name: string, device: unknown): void {
  if (device instanceof Promise)
    throw new TypeError(`${name}: the device is a promise; await it: ${name}(program, await openDevice(), sizes)`)
  if (typeof device !== 'object' || device === null || !('load' in device))
    throw new TypeError(
      `${name}: ${described(device)} is not a device; open one: ${name}(program, await openDevice(), sizes)`,
    )
}

/**
 * What was compiled of each program, by what it was compiled for: for as long as the program is there, and the latest
 * only.
 */
const known = new WeakMap<AnyProgram, Map<string, Promise<Compiled>>>()
const mostKnown = 8

function compiled(program: AnyProgram, part: 'program' | 'init', sizes: Sizes, device: Device): Promise<Compiled> {
  const { target, capabilities, features, tuned } = device
  const relaxed = target === 'wasm' && features.includes('relaxed-simd')
  const dims = Object.entries(sizes).sort(([a], [b]) => (a < b ? -1 : 1))
  const key = JSON.stringify([part, target, relaxed, capabilities, tuned, dims])
  const ofProgram = known.get(program) ?? new Map<string, Promise<Compiled>>()
  const made = latest(ofProgram, key, () => {
    const traces = compilable(traced(program, part, sizes), sizes, isLeaf)
    return compileFor(traces, { target, capabilities, relaxed, ...(tuned && { tuned }) })
  })
  known.set(program, ofProgram)
  made.catch(() => ofProgram.delete(key))
  return made
}

const traced = (program: AnyProgram, part: 'program' | 'init', sizes: Sizes): Traced =>
  part === 'init' ? traceInit(program, 'state', sizes) : traceProgram(program, sizes)
