import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDevice } from '../index.ts'
import { nodeGpu } from '../runtime/node/index.ts'
import { type Engine, engineOf } from './engine.ts'
import { openTimedGpu } from './gpu/timed-gpu.ts'
import { describeMachine, machineOf } from './machine.ts'
import { openPeers } from './peers.ts'
import { apart, type Effort, type Measured, measure } from './rounds.ts'
import { ratioOf, timesOf } from './statistics.ts'
import { digits, table } from './table.ts'
import { flowTask, matmulTask, mlpTask, residualTask, type Task } from './tasks.ts'

const usage = `Times a step of some programs on this project's devices, and on peers where they are installed.

  npm run bench -- [--quick] [--full] [--cpu] [--only TEXT] [--threads N] [--strict] [--probe FOLDER]

  --quick   smaller programs and fewer rounds: about a minute
  --full    the sizes that a GPU is measured at, on every engine: many minutes without one
  --cpu     no GPU, whatever there is, and the sizes that the CPU is held to
  --only    the programs whose name holds TEXT
  --threads of this project's CPU device; as many as there are cores unless given
  --strict  without relaxed SIMD, which is used elsewhere, by peers that know it, too
  --probe   measure kernels that were written by hand, which are in this folder (bench/peers/probe.js)`

const root = process.cwd()
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    threads: { type: 'string' },
    strict: { type: 'boolean', default: false },
    probe: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
async function bench(): Promise<void> {
  const { probe, strict } = options
  const cpu = await openDevice('cpu', {
    ...(options.threads !== undefined && { threads: Number(options.threads) }),
    relaxedSimd: !strict,
  })
  const found = options.cpu ? { reason: 'it was not asked for' } : await nodeGpu({ software: true })
  const gpu = found.gpu && (await openTimedGpu(found.gpu))
  const peers = await openPeers(root, {
    threads: cpu.limits.threads!,
    relaxed: !strict,
    ...(probe !== undefined && { probe }),
  })
  const machine = machineOf(gpu?.device)
  console.log(describeMachine(machine))
  console.log(cpu.name)
  if (found.reason !== undefined) console.log(`fluxion webgpu is not measured: ${found.reason}`)
  for (const reason of peers.missing) console.log(`a peer is not measured: ${reason}`)

  const engines: readonly Engine[] = [
    engineOf(cpu, async () => {}),
    ...(gpu ? [engineOf(gpu.device, gpu.settled)] : []),
    ...peers.engines,
  ]
  const effort: Effort = options.quick ? { budget: 3000, turn: 20, most: 9 } : { budget: 15_000, turn: 100, most: 15 }
  const results = []
  for (const task of tasks(!machine.adapter || machine.adapter.software)) {
    if (!task.name.includes(options.only)) continue
    const measured = await measure(engines, task, effort)
    console.log(`\n${task.name}\n${report(task, measured)}`)
    results.push({ task: task.name, flop: task.flop, measured: measured.map(summary) })
    if (!allAgree(measured)) process.exitCode = 1
  }
  const file = join(root, 'bench/results', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`)
  mkdirSync(join(root, 'bench/results'), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ machine, options, missing: peers.missing, results }, null, 2)}\n`)
  console.log(`\nwrote ${file}`)
  gpu?.device.dispose()
  cpu.dispose()
}

/** What a GPU is measured at, or less where all is computed by a CPU. */
function tasks(software: boolean): readonly Task[] {
  const { quick, full } = options
  if (quick) return [matmulTask(256), mlpTask(256), residualTask(128, 2, 64), flowTask(16, 128, 1, 64)]
  if (options.cpu) return [matmulTask(512), matmulTask(1024), mlpTask(1024), residualTask(1024, 6, 256)]
  if (software && !full)
    return [matmulTask(512), matmulTask(1024), mlpTask(1024), residualTask(256, 6, 128), flowTask(32, 256, 3, 128)]
  return [...[512, 1024, 2048].map(matmulTask), mlpTask(1024), residualTask(1024, 6, 256), flowTask(64, 1024, 6, 1024)]
}

const tolerance = 1e-3
const agrees = (check: readonly number[], first: readonly number[]): boolean => apart(check, first) <= tolerance

function allAgree(measured: readonly Measured[]): boolean {
  const checks = measured.flatMap(({ check, failure }) => (failure === undefined ? [check] : []))
  return checks.every((check) => agrees(check, checks[0]!))
}

function report({ flop }: Task, measured: readonly Measured[]): string {
  const ran = measured.filter(({ failure }) => failure === undefined)
  const failed = measured.flatMap(({ engine, failure }) => (failure === undefined ? [] : [`${engine}: ${failure}`]))
  const [first] = ran
  if (!first) return failed.join('\n')
  const rows = ran.map(({ engine, rounds, check, compiling }) => {
    const times = timesOf(rounds)
    return [
      engine,
      digits(times.median),
      `${(100 * times.spread).toFixed(0)}%`,
      `${times.rounds}`,
      digits(flop / times.median / 1e6),
      digits(ratioOf(rounds, first.rounds)),
      agrees(check, first.check) ? 'same' : `differs: ${check.map((value) => value.toPrecision(5)).join(' ')}`,
      compiling === undefined ? '' : digits(compiling),
    ]
  })
  const head = ['engine', 'ms a step', '+-', 'rounds', 'GFLOP/s', `times ${first.engine}`, 'results', 'ms to compile']
  return [table(head, rows), ...failed].join('\n')
}

const summary = (one: Measured) => ({ ...one, ...(one.rounds.length > 0 && { times: timesOf(one.rounds) }) })

if (options.help) console.log(usage)
else await bench()
