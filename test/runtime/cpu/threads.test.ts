import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mlpStep } from '../../../bench/programs/mlp.ts'
import { leavesOf } from '../../../compiler/plan/tree.ts'
import { f32, foriLoop, program, whileLoop } from '../../../dsl/index.ts'
import { traceProgram } from '../../../dsl/trace-program.ts'
import { compile, openDevice } from '../../../index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import { joinPool } from '../../../runtime/cpu/pool.ts'
import type { Device } from '../../../runtime/device.ts'
import { compileGraph, executableOf, rounded, runOn } from '../../compiler/differential.ts'
import { uniforms } from '../../compiler/random.ts'
import { randomNetwork, randomStateStep } from '../../compiler/random-network.ts'
import { randomGraph } from '../../compiler/transform/random-graph.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { runInNode } from './in-node.ts'

/** So that threads share even what is small. */
const finely = { leastWork: 1 }

let alone: Device
let together: readonly Device[]
beforeAll(async () => {
  alone = await openCpu({ threads: 1 })
  together = [
    await openCpu({ threads: 2 }),
    await openCpu({ threads: 5 }),
    // As in a page, whose own thread may not wait.
    await openCpu({ threads: 3 }, false),
  ]
})
afterAll(() => {
  alone.dispose()
  for (const device of together) device.dispose()
})

describe('any number of threads gives the same bits', () => {
  const makers = {
    graphs: (random: () => number) => randomGraph(random, 1 + Math.floor(30 * random())),
    networks: randomNetwork,
    states: randomStateStep,
  }
  test.each(Object.entries(makers))('random %s', { timeout: 120_000 * times }, async (_, make) => {
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.integer()), async (seed) => {
        const made = make(uniforms(seed))
        const compilation = compileGraph(made.graph, 'wasm')
        const inputs = rounded(made.inputs)
        const expected = await runOn(alone, compilation, inputs, 2, finely)
        for (const device of together) expect(await runOn(device, compilation, inputs, 2, finely)).toEqual(expected)
      }),
      { numRuns: 20 * times },
    )
  })

  test('a training step at a size that is shared', async () => {
    const n = 256
    const [x, y] = [0, 1].map((k) => Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i + k)))
    const losses: number[][] = []
    const weights: Float32Array[] = []
    for (const device of [alone, ...together]) {
      const run = await compile(mlpStep, device, { n })
      const init = await run.init({ seed: 1 })
      const { last, history } = run.steps(20, { state: init, x: x!, y: y! }, { history: true })
      losses.push([...(await history.loss.read())])
      weights.push((await last.state.params['0'].weight.read()) as Float32Array)
      run.dispose()
    }
    expect(losses[0]!.at(-1)).toBeLessThan(losses[0]![0]!)
    expect(losses).toEqual(losses.map(() => losses[0]))
    expect(weights).toEqual(weights.map(() => weights[0]))
  })
})

test('threads meet at the test of a loop, however they come', async () => {
  // The test of the inner loop is overwritten as soon as all have seen it.
  const { graph } = traceProgram(
    program({ x: f32(40) }, ({ x }) =>
      foriLoop(
        0,
        7,
        (_, x) =>
          whileLoop(
            ({ size }) => size.less(100),
            ({ x, size }) => ({ x: x.mul(1.5).add(1), size: x.max(0).add(size) }),
            { x, size: x.sum(0).mul(0) },
          ).x.mul(0.01),
        x,
      ),
    ),
  )
  const inputs = [
    { shape: [40], dtype: 'f32', data: Float64Array.from({ length: 40 }, (_, i) => Math.fround(i / 40)) },
  ] as const
  const compilation = compileGraph(graph, 'wasm')
  const expected = await runOn(alone, compilation, inputs, 1, finely)
  expect(Math.max(...expected[0]!)).toBeGreaterThan(0)
  for (const device of together) expect(await runOn(device, compilation, inputs, 200, finely)).toEqual(expected)
})

test('executables of one pool are called in turn, and those that are gone are not missed', async () => {
  const device = together[0]!
  const { graph } = traceProgram(program({ state: { x: f32(64) } }, ({ state }) => ({ state: { x: state.x.add(1) } })))
  const executable = executableOf(compileGraph(graph, 'wasm', { inputs: ['state.x'], outputs: ['state.x'] }), finely)
  const all = await Promise.all(Array.from({ length: 20 }, () => device.load(executable)))
  for (const [i, loaded] of all.entries()) if (i % 3 === 0) loaded.dispose()
  const left = all.filter((_, i) => i % 3 !== 0)
  const [port] = leavesOf(executable.plan.outputs)
  for (let call = 0; call < 50; call++) for (const loaded of left) loaded.run()
  for (const loaded of left) expect(await loaded.read(port!.place, 64)).toEqual(new Float32Array(64).fill(50))
})

test('devices of threads that may not wait share a pool, and are called in turn', async () => {
  const { graph } = traceProgram(program({ state: { x: f32(64) } }, ({ state }) => ({ state: { x: state.x.add(1) } })))
  const executable = executableOf(compileGraph(graph, 'wasm', { inputs: ['state.x'], outputs: ['state.x'] }), finely)
  const [port] = leavesOf(executable.plan.outputs)
  const devices = await Promise.all([1, 2].map(() => openCpu({ threads: 2 }, false)))
  const all = await Promise.all(devices.map((device) => device.load(executable)))
  for (let call = 0; call < 20; call++) for (const loaded of all) loaded.run()
  for (const loaded of all) expect(await loaded.read(port!.place, 64)).toEqual(new Float32Array(64).fill(20))
  for (const device of devices) device.dispose()
})

test.each([true, false])(
  'a device that is disposed of while it loads a program has none (may wait: %s)',
  async (mayWait) => {
    const { graph } = traceProgram(program({ x: f32(64) }, ({ x }) => x.add(1)))
    const device = await openCpu({ threads: 2 }, mayWait)
    const loading = device.load(executableOf(compileGraph(graph, 'wasm'), finely))
    device.dispose()
    await expect(loading).rejects.toThrow('has been disposed')
  },
)

test('a pool that has failed is left to those who have it', () => {
  const first = joinPool(2, false)
  first.pool.end()
  const second = joinPool(2, false)
  expect(second.pool).not.toBe(first.pool)
  first.leave()
  const third = joinPool(2, false)
  expect(third.pool).toBe(second.pool)
  second.leave()
  third.leave()
})

test('what a thread refuses can be loaded by none, and what comes next can', async () => {
  const { pool, leave } = joinPool(3, false)
  const { module } = executableOf(
    compileGraph(traceProgram(program({ x: f32(64) }, ({ x }) => x.add(1))).graph, 'wasm'),
    finely,
  ).code as { module: Uint8Array<ArrayBuffer> }
  const job = { module: await WebAssembly.compile(module), env: {}, scratch: [0, 0, 0], threads: 4 }
  await expect(pool.load(job)).rejects.toThrow('a thread of the CPU device cannot load the program: ')
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true })
  const regions = Object.fromEntries([0, 1, 2, 3].map((i) => [`region${i}`, 1024]))
  const loaded = await pool.load({ ...job, env: { memory, ...regions } })
  loaded.drop()
  leave()
})

describe('options', () => {
  test.each([0, -1, 1.5, Number.NaN, 257])('%s threads are refused', async (threads) => {
    await expect(openDevice('cpu', { threads })).rejects.toThrow(
      `openDevice('cpu'): threads is ${threads}; it must be a whole number from 1 to 256, or left out for one a core`,
    )
  })

  test('a device says how many threads it has', async () => {
    for (const threads of [1, 3]) {
      const device = await openDevice('cpu', { threads, relaxedSimd: false })
      expect(device.limits.threads).toBe(threads)
      expect(device.name).toBe(`CPU (WebAssembly SIMD, ${threads === 1 ? '1 thread' : '3 threads'})`)
      device.dispose()
    }
  })

  test('relaxed SIMD is used where it is asked for, and not where it is not wanted', async () => {
    await expect(openDevice('cpu', { relaxedSimd: 'yes' as never })).rejects.toThrow(
      'relaxedSimd is yes; write true or false',
    )
    const device = await openDevice('cpu', { relaxedSimd: true })
    expect(device.features).toEqual(['relaxed-simd', 'simd'])
    expect((await openDevice('cpu', { relaxedSimd: false })).features).toEqual(['simd'])
    const run = await compile(mlpStep, device, { n: 64 })
    const [x, y] = [new Float32Array(128).fill(0.5), new Float32Array(128).fill(0.25)]
    const { last } = run.steps(30, { state: await run.init({ seed: 1 }), x, y }, { history: true })
    expect(await last.loss.item()).toBeLessThan(0.05)
  })
})

test.each([
  ['a file', false],
  ['the command line', true],
])('a process whose program is in %s has threads, and ends by itself', { timeout: 60_000 }, async (_, evaluated) => {
  const script = `
    import { trainOn } from './page.js'
    const { device, losses } = await trainOn('cpu', { steps: 3, n: 512, seed: 1 }, { threads: 3, relaxedSimd: false })
    console.log(device, losses.length)`
  expect(await runInNode(script, { evaluated })).toBe('CPU (WebAssembly SIMD, 3 threads) 3\n')
})
