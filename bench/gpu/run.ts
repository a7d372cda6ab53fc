import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AnyProgram, type Device, type Sizes, type Tuned, type Tuning, tune } from '../../index.ts'
import { type NodeAdapter, nodeAdapters, nodeGpu } from '../../runtime/node/index.ts'
import { engineOf, type Prepared } from '../engine.ts'
import { describeMachine, machineOf } from '../machine.ts'
import { median } from '../statistics.ts'
import { digits, table } from '../table.ts'
import { flowTask, matmulTask, mlpTask, residualTask, type Task } from '../tasks.ts'
import { compareWithFloat64 } from './float64.ts'
import { openTimedGpu, type TimedGpu } from './timed-gpu.ts'

// What is measured on a machine with a GPU: results against float64, then times, then the same steps in PyTorch.
// `pack.ts` makes the folder that it runs in.

const { values: options } = parseArgs({
  options: {
    /** Where the results go. */
    out: { type: 'string', default: 'results' },
    /** One of the adapters that are listed. */
    adapter: { type: 'string' },
    /** Take a GPU in software where there is no other; small sizes, to try the script. */
    software: { type: 'boolean', default: false },
    /** Times each step once more, with the kernels that were found to be fastest here: some minutes for each. */
    tune: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    torch: { type: 'string', default: 'torch_steps.py' },
  },
})

/** A step's times in milliseconds. */
interface StepTimes {
  readonly task: string
  readonly gflop: number
  /** On the clock, of a step among many that were submitted together. */
  readonly wall?: number
  /** The same, submitted one by one, each awaited. */
  readonly awaited?: number
  /** On the GPU's own clock: the compute passes. */
  readonly passes?: number | undefined
  readonly compiling?: number | undefined
  /** As `wall`, with the kernels that `tune` found. */
  readonly tuned?: number
  readonly failure?: string
}

/** What the PyTorch script prints. */
interface TorchTimes {
  readonly torch: string
  readonly device: string
  readonly steps: readonly {
    readonly task: string
    readonly mode: string
    readonly ms?: number
    readonly failure?: string
  }[]
}

async function main(): Promise<void> {
  const { adapter, software } = options
  const adapters = await nodeAdapters({ software })
  console.log(`adapters: ${adapters.length === 0 ? 'none' : ''}`)
  for (const one of adapters) console.log(`  ${describeAdapter(one)}`)
  const found = await nodeGpu(adapter === undefined ? { software } : { adapter })
  if (!found.gpu) throw new Error(found.reason)

  const plain = await openTimedGpu(found.gpu)
  const machine = machineOf(plain.device)
  console.log(`\n${describeMachine(machine)}\nfeatures: ${plain.device.features.join(' ')}\n`)

  const compared = await compareWithFloat64(plain.device)
  const wrong = compared.filter(({ error, allowed }) => !(error <= allowed))
  console.log(
    table(
      ['beside float64', 'error', 'allowed', ''],
      compared.map(({ name, error, allowed, failure }) => [
        name,
        error.toExponential(1),
        allowed.toExponential(1),
        failure ?? (error <= allowed ? 'ok' : 'WRONG'),
      ]),
    ),
  )

  const tasks = tasksFor(machine.adapter!.software)
  const timed = await openTimedGpu(found.gpu, { timestamps: true })
  const steps: StepTimes[] = []
  for (const task of tasks) {
    steps.push(await timesOf(task, plain, timed))
    console.log(`measured: ${task.name}`)
  }
  const torch = runTorch(tasks)
  mkdirSync(options.out, { recursive: true })
  const file = join(options.out, `gpu-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`)
  const measured = { machine, adapters, limits: plain.device.limits, compared }
  const save = (steps: readonly StepTimes[], tuning?: object) =>
    writeFileSync(file, `${JSON.stringify({ ...measured, steps, torch, tuning }, null, 2)}\n`)
  // Tuning takes minutes, and time on the machine may end meanwhile.
  save(steps)
  if (options.tune) {
    console.log(`\n${report(steps, torch)}\n`)
    await tuneSteps(tasks, plain.device, found.gpu, steps, save)
  }
  console.log(`\n${report(steps, torch)}`)
  console.log(`\nwrote ${file}`)
  for (const { device } of [plain, timed]) device.dispose()
  if (wrong.length > 0) process.exitCode = 1
}

const describeAdapter = ({ adapter, backend, vendor, architecture, description, isFallback, features }: NodeAdapter) =>
  `${adapter} (${backend}, ${vendor} ${architecture} ${description}${isFallback ? ', software' : ''}): ${features.join(' ')}`

const tasksFor = (software: boolean): readonly Task[] =>
  software
    ? [matmulTask(256), mlpTask(64), residualTask(64, 1, 32), flowTask(8, 64, 1, 32)]
    : [
        ...[512, 1024, 2048, 4096].map(matmulTask),
        mlpTask(1024),
        residualTask(1024, 6, 256),
        residualTask(1024, 6, 2048),
        flowTask(64, 1024, 6, 256),
        flowTask(64, 1024, 6, 2048),
      ]

const rounds = 7

async function timesOf(task: Task, plain: TimedGpu, timed: TimedGpu): Promise<StepTimes> {
  const gflop = task.flop / 1e9
  try {
    const prepared = await engineOf(plain.device, plain.settled).prepare(task)
    const { wall, count, clock } = await wallOf(prepared)
    const awaited = await repeated(() => clock(1))
    prepared.dispose()

    const watched = await engineOf(timed.device, timed.settled).prepare(task)
    await watched.steps(3)
    await timed.passes()
    const onGpu = await repeated(async () => {
      await watched.steps(count)
      return ((await timed.passes()) ?? Number.NaN) / count
    })
    watched.dispose()
    const passes = Number.isNaN(onGpu) ? undefined : onGpu
    return { task: task.name, gflop, wall, awaited, passes, compiling: prepared.compiling }
  } catch (error) {
    return { task: task.name, gflop, failure: error instanceof Error ? error.message : `${error}` }
  }
}

/** The wall time of a step among many that are submitted together. */
async function wallOf({ steps }: Prepared) {
  const clock = async (count: number) => {
    const started = performance.now()
    await steps(count)
    return (performance.now() - started) / count
  }
  await clock(3)
  const once = await clock(1)
  // A fifth of a second at a time.
  const count = Math.min(500, Math.max(1, Math.ceil(200 / once)))
  return { wall: await repeated(() => clock(count)), count, clock }
}

interface TunedTask {
  readonly task: string
  readonly milliseconds: Tuning['milliseconds']
  readonly products: Tuning['products']
}

/**
 * Tunes the tasks one after the other, each going on from the one before, and adds to their times those with what was
 * found. What there is so far is saved after each.
 */
async function tuneSteps(
  tasks: readonly Task[],
  device: Device,
  gpu: GPU,
  steps: StepTimes[],
  save: (steps: readonly StepTimes[], tuning: object) => void,
): Promise<void> {
  const found: TunedTask[] = []
  let tuned: Tuned = {}
  for (const { name, program, sizes } of tasks) {
    try {
      const { milliseconds, products, ...now } = await tuneAny(program, device, sizes, { tuned })
      tuned = now.tuned
      found.push({ task: name, milliseconds, products })
      save(steps, { tuned, found })
      console.log(`tuned: ${name}`)
    } catch (error) {
      console.log(`not tuned: ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (found.length === 0) return
  const other = await openTimedGpu(gpu, { tuned })
  for (const [i, task] of tasks.entries()) {
    const step = steps[i]!
    if (step.wall === undefined) continue
    try {
      const prepared = await engineOf(other.device, other.settled).prepare(task)
      steps[i] = { ...step, tuned: (await wallOf(prepared)).wall }
      prepared.dispose()
    } catch (error) {
      steps[i] = { ...step, failure: `as tuned: ${error instanceof Error ? error.message : error}` }
    }
    save(steps, { tuned, found })
  }
  other.device.dispose()
}

const tuneAny = tune as unknown as (
  program: AnyProgram,
  device: Device,
  sizes: Sizes,
  options: { readonly tuned: Tuned },
) => Promise<Tuning>

async function repeated(measure: () => Promise<number>): Promise<number> {
  const found: number[] = []
  for (let round = 0; round < rounds; round++) found.push(await measure())
  return median(found)
}

/** The same steps in PyTorch, in a process of its own; or why there are none. */
function runTorch(tasks: readonly Task[]): TorchTimes | { readonly missing: string } {
  const wanted = tasks.map(({ name, kind, learningRate, inputs }) => ({
    name,
    kind,
    learningRate,
    shapes: Object.fromEntries(Object.entries(inputs).map(([input, { shape }]) => [input, shape])),
    ...sizesIn(name),
  }))
  const { stdout, stderr, status, error } = spawnSync(options.python, [options.torch], {
    input: JSON.stringify(wanted),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (error) return { missing: `${options.python} does not start: ${error.message}` }
  if (status !== 0) return { missing: stderr.trim().split('\n').at(-1) || `${options.python} ended with ${status}` }
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as TorchTimes
}

/** Width and depth as a task's name has them. */
function sizesIn(name: string): { readonly width?: number; readonly depth?: number } {
  const residual = /(\d+) x 2 x (\d+) x/.exec(name)
  const flow = /(\d+) blocks of (\d+)/.exec(name)
  const [, depth, width] = residual ?? flow ?? []
  return depth === undefined ? {} : { depth: Number(depth), width: Number(width) }
}

function report(steps: readonly StepTimes[], torch: TorchTimes | { readonly missing: string }): string {
  const of = (task: string) => ('missing' in torch ? [] : torch.steps.filter((step) => step.task === task))
  const modes = 'missing' in torch ? [] : [...new Set(torch.steps.map(({ mode }) => mode))]
  const isTuned = steps.some(({ tuned }) => tuned !== undefined)
  const rows = steps.map(({ task, gflop, wall, awaited, passes, tuned, failure }) => {
    if (wall === undefined) return [task, failure ?? '']
    const others = modes.map((mode) => {
      const ms = of(task).find((step) => step.mode === mode)?.ms
      return ms === undefined ? '-' : `${digits(ms)} (${digits(wall / ms)})`
    })
    const time = (ms: number | undefined) => (ms === undefined ? '-' : digits(ms))
    const own = [time(wall), time(awaited), time(passes), ...(isTuned ? [time(tuned)] : [])]
    return [task, ...own, digits(gflop / (wall / 1e3)), ...others]
  })
  const head = [
    'ms a step',
    'wall',
    'awaited',
    'GPU clock',
    ...(isTuned ? ['tuned'] : []),
    'GFLOP/s',
    ...modes.map((mode) => `torch ${mode}`),
  ]
  const note =
    'missing' in torch
      ? `PyTorch is not measured: ${torch.missing}`
      : `PyTorch ${torch.torch} on ${torch.device}; in brackets how many times as long the wall clock of this project is`
  return `${table(head, rows)}\n${note}`
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
