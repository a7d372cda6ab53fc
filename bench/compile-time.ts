import { parseArgs } from 'node:util'
import {
  arrangeSimplified,
  donatedTo,
  emitKernels,
  type Leaf,
  meansFor,
  simplifyTraced,
  type Traced,
} from '../compiler/compile.ts'
import { fuse } from '../compiler/fuse/fuse.ts'
import { pairingFor } from '../compiler/fuse/pairing.ts'
import { layOut } from '../compiler/plan/memory.ts'
import { order } from '../compiler/plan/order.ts'
import type { Target, Tree } from '../compiler/plan/plan.ts'
import { type MachineOptions, machineFor } from '../compiler/schedule/machine.ts'
import { printWasm } from '../compiler/target/wasm/print.ts'
import { printWgsl } from '../compiler/target/wgsl/print.ts'
import { lowered } from '../compiler/transform/control/index.ts'
import { rewritten } from '../compiler/transform/rewritten.ts'
import { simplify } from '../compiler/transform/simplify.ts'
import { type AnyProgram, type Leaf as LanguageLeaf, tracedLeaves, traceProgram } from '../dsl/index.ts'
import { programOf } from '../dsl/program.ts'
import { baseline, type Device, openDevice } from '../index.ts'
import { compileAny } from './engine.ts'
import { median } from './statistics.ts'
import { digits, table } from './table.ts'
import { flowTask, mlpTask, residualTask, type Task } from './tasks.ts'

// How long it takes to compile training steps, stage by stage: medians, in milliseconds, once the compiler itself is
// warm. Nothing is run.

const usage = `Times the stages of compiling some programs for the CPU.

  npm run bench:compile -- [--rounds N] [--warm N] [--only TEXT]

  --rounds  how often each is compiled (40)
  --warm    how often before that is counted (40)
  --only    the programs whose name holds TEXT`

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    warm: { type: 'string', default: '40' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
})

/** Times by stage. */
type Stages = Map<string, number[]>

/** As compile() calls them, one after the other; and compile() as a whole, for a program that it does not know. */
async function compileOnce({ program, sizes }: Task, device: Device, stages: Stages): Promise<void> {
  const timed = <T>(stage: string, body: () => T): T => {
    const started = performance.now()
    const result = body()
    note(stages, stage, performance.now() - started)
    return result
  }
  const unknown: AnyProgram = programOf(program['~definition'])
  const started = performance.now()
  const run = await compileAny(unknown, device, sizes)
  note(stages, 'compile() in all', performance.now() - started)
  run.dispose()

  const { name, graph, inputs, outputs } = timed('trace, gradient', () => traceProgram(program, sizes))
  const [ins, outs] = [tracedLeaves(inputs), tracedLeaves(outputs)]
  const traced: Traced = { name, graph, dims: sizes, inputs: listed(ins), outputs: listed(outs) }
  const simplified = timed('simplify', () => lowered(simplify(rewritten(graph)), { canEnd: true }))
  const fused = timed('fuse', () => fuse(simplified))
  const donated = donatedTo(outs, ins)
  const state = new Set(donated.filter((input) => input !== undefined))
  timed('order, lay out', () => layOut(order(fused, simplified.outputs, donated), ins.length, state, false))
  const relaxed = device.features.includes('relaxed-simd')
  const { plan } = await emitted(traced, 'wasm', { relaxed }, (kernels) => timed('schedule', kernels))
  const { module } = timed('print', () => printWasm(plan, { relaxed }))
  const loading = performance.now()
  await WebAssembly.compile(Uint8Array.from(module))
  note(stages, 'by the engine', performance.now() - loading)

  const onGpu = await emitted(traced, 'wgsl', {}, (kernels) => timed('schedule for a GPU', kernels))
  timed('print WGSL', () => printWgsl(onGpu.plan, baseline))
}

/** What comes after fusing, for a target. */
async function emitted(traced: Traced, target: Target, options: MachineOptions, timed: <T>(kernels: () => T) => T) {
  const machine = machineFor(target, baseline, options)
  const simplified = simplifyTraced(traced, machine)
  const planned = arrangeSimplified(simplified, await pairingFor(simplified.graph, machine.fewestPairs))
  const means = await meansFor(planned)
  return timed(() => emitKernels(planned, means))
}

function note(stages: Stages, stage: string, ms: number): void {
  const times = stages.get(stage) ?? []
  stages.set(stage, times)
  times.push(ms)
}

const listed = (leaves: readonly LanguageLeaf[]): Tree<Leaf> => ({
  list: leaves.map(({ path, dtype, dims }) => ({ leaf: { path, dtype, dims } })),
})

async function bench(): Promise<void> {
  const [rounds, warm] = [Number(options.rounds), Number(options.warm)]
  const device = await openDevice('cpu')
  const tasks = [mlpTask(1024), residualTask(1024, 6, 256), flowTask(64, 512, 4, 256)].filter(({ name }) =>
    name.includes(options.only),
  )
  const times: Stages[] = []
  for (const task of tasks) {
    const stages: Stages = new Map()
    for (let round = 0; round < warm + rounds; round++) {
      if (round === warm) stages.clear()
      await compileOnce(task, device, stages)
    }
    times.push(stages)
  }
  const rows = [...(times[0]?.keys() ?? [])].map((stage) => [
    stage,
    ...times.map((stages) => digits(median(stages.get(stage)!))),
  ])
  console.log(`Medians of ${rounds}, in milliseconds, after ${warm} that are not counted`)
  console.log(table(['', ...tasks.map(({ name }) => name)], rows))
  device.dispose()
}

if (options.help) console.log(usage)
else await bench()
