import { parseArgs } from 'node:util'
import { type AnyProgram, f32, openDevice, program } from '../index.ts'
import { compileAny } from './engine.ts'
import { describeMachine, machineOf } from './machine.ts'
import { median } from './statistics.ts'
import { digits, table } from './table.ts'

const usage = `Measures how much of the memory's bandwidth elementwise kernels reach on the CPU: on one thread beside a copy of as many bytes by the engine itself.

  npm run bench:bandwidth -- [--elements N] [--rounds N]`

const { values: options } = parseArgs({
  options: {
    elements: { type: 'string', default: `${2 ** 24}` },
    rounds: { type: 'string', default: '15' },
    help: { type: 'boolean', default: false },
  },
})

const x = f32('n')
/** Each reads and writes as many arrays as it says; what is written is there before, as in a step of training. */
const kernels: { readonly [name: string]: { readonly arrays: number; readonly of: AnyProgram } } = {
  'x + y': { arrays: 3, of: program({ state: { x, y: x } }, ({ state: { x, y } }) => ({ state: { x: x.add(y), y } })) },
  'x * 1.0001': { arrays: 2, of: program({ state: { x } }, ({ state: { x } }) => ({ state: { x: x.mul(1.0001) } })) },
  'x + 0.1 (y - x), y + 0.1 x': {
    arrays: 4,
    of: program({ state: { x, y: x } }, ({ state: { x, y } }) => ({
      state: { x: x.lerp(y, 0.1), y: y.add(x.mul(0.1)) },
    })),
  },
}

async function measure(): Promise<void> {
  const [n, rounds] = [Number(options.elements), Number(options.rounds)]
  const alone = await openDevice('cpu', { threads: 1, relaxedSimd: true })
  const all = await openDevice('cpu', { relaxedSimd: true })
  const [from, to] = [new Float32Array(n).fill(1), new Float32Array(n)]
  const engines: { name: string; bytes: number; step: () => void; times: number[] }[] = [
    { name: 'a copy by the engine, 1 thread', bytes: 8 * n, step: () => to.set(from), times: [] },
  ]
  for (const [name, { arrays, of }] of Object.entries(kernels)) {
    for (const device of [alone, all]) {
      const run = await compileAny(of, device, { n })
      let state: object = Object.fromEntries(['x', 'y'].slice(0, arrays > 2 ? 2 : 1).map((each) => [each, from]))
      const step = () => {
        state = run.steps(1, { state }).state
      }
      const threads = `${device.limits.threads} thread${device === alone ? '' : 's'}`
      engines.push({ name: `${name}, ${threads}`, bytes: 4 * arrays * n, step, times: [] })
    }
  }
  for (const { step } of engines) step()
  for (let round = 0; round < rounds; round++)
    for (const { step, times } of engines) {
      const started = performance.now()
      step()
      times.push(performance.now() - started)
    }
  const rates = engines.map(({ bytes, times }) => bytes / median(times) / 1e6)
  const rows = engines.map(({ name }, i) => [name, digits(rates[i]!), `${((100 * rates[i]!) / rates[0]!).toFixed(0)}%`])
  console.log(describeMachine(machineOf(undefined)))
  console.log(`\n${n} elements, medians of ${rounds} rounds in turn\n${table(['', 'GB/s', 'of the copy'], rows)}`)
  alone.dispose()
  all.dispose()
}

if (options.help) console.log(usage)
else await measure()
