import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import type { Executable } from '../../../compiler/plan/plan.ts'
import { f32, program, valueAndGrad } from '../../../dsl/index.ts'
import { linear, mse, sequential, silu } from '../../../dsl/nn/index.ts'
import { adam } from '../../../dsl/optim/index.ts'
import { compile, type Device } from '../../../index.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import { isFull } from '../../full.ts'

// What runs for days must not grow: memory is compared after a fifth of the way and at its end. `npm test` goes a small
// part of the way, and finds what is large.

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const KiB = 2 ** 10
const MiB = 2 ** 20

/** Bytes after garbage collection. */
interface Memory {
  /** Objects, and buffers that they hold. */
  readonly held: number
  /** What the process has in all. */
  readonly resident: number
}

async function memoryNow(): Promise<Memory> {
  // What a weak reference has given stays until the next task, and so do the callbacks for what was collected.
  for (let round = 0; round < 4; round++) {
    await new Promise((done) => setTimeout(done, 5))
    collect()
  }
  // Not what is external, which counts shared memory that has gone (counted.ts).
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { held: heapUsed + arrayBuffers, resident: rss }
}

/**
 * Goes a way in fifths, and holds what comes to be after the first of them to a bound. Gives how far it went: threads
 * collect what they have let go when they like, so that what is resident goes up and down, and where it is up at the
 * end, it goes some fifths more. What grows only grows by that.
 */
async function goWithoutGrowing(count: number, go: (count: number) => Promise<void>, most: Memory): Promise<number> {
  const fifth = count / 5
  await go(fifth)
  const before = await memoryNow()
  for (let done = 1; done < 5; done++) await go(fifth)
  let gone = count
  let after = await memoryNow()
  for (; after.resident - before.resident >= most.resident && gone < 2 * count; gone += fifth) {
    await go(fifth)
    after = await memoryNow()
  }
  const grown = { held: after.held - before.held, resident: after.resident - before.resident }
  const said = `${(grown.held / KiB).toFixed(0)} KiB more are held, ${(grown.resident / MiB).toFixed(1)} MiB more are resident`
  expect(grown.held, said).toBeLessThan(most.held)
  expect(grown.resident, said).toBeLessThan(most.resident)
  return gone
}

/** A device that notes whether threads share what it is given. */
async function openNoting(open: () => Promise<Device>): Promise<{ device: Device; shared: boolean[] }> {
  const opened = await open()
  const shared: boolean[] = []
  const load = (executable: Executable) => {
    shared.push(executable.code.target === 'wasm' && executable.code.shared)
    return opened.load(executable)
  }
  return { device: { ...opened, load }, shared }
}

const kinds = [
  { on: 'threads as by default', open: () => openCpu(), apart: false },
  { on: 'one thread', open: () => openCpu({ threads: 1 }), apart: false },
  // As in a page, whose own thread may not wait.
  { on: 'threads apart', open: () => openCpu({ threads: 2 }, false), apart: true },
].slice(0, isFull ? 3 : 2)

describe.each(kinds)('training steps, $on', ({ open, apart }) => {
  const count = isFull ? 100_000 : 1_000
  // 100 bytes of each step would be 8 MB of the last 80,000.
  const most = { held: isFull ? 2 * MiB : MiB, resident: isFull ? 7 * MiB : 20 * MiB }
  const net = sequential(linear(2, 64), silu, linear(64, 2))
  const optimiser = adam({ learningRate: 1e-3 })
  const step = program(
    { state: { params: net.params, opt: optimiser.state(net.params) }, x: f32('n', 2), y: f32('n', 2) },
    ({ state, x, y }) => {
      const lossOf = (params: typeof state.params) => mse(net.apply(params, x), y)
      const [loss, gradients] = valueAndGrad(lossOf)(state.params)
      return { state: optimiser.update(gradients, state.opt, state.params), loss }
    },
  )
  const n = 64
  const x = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(i))
  const y = Float32Array.from({ length: 2 * n }, (_, i) => Math.cos(i))

  // The loop does not yield where it need not.
  test('one call after the other', async () => {
    const { device, shared } = await openNoting(open)
    const run = await compile(step, device, { n })
    expect(shared).toEqual([true])
    let state = await run.init({ seed: 1 })
    const go = async (count: number) => {
      for (let done = 0; done < count; done++) {
        ;({ state } = run({ state, x, y }))
        if (apart) await device.ready()
      }
      expect((await state.opt.count.read())[0]).toBeGreaterThanOrEqual(count)
    }
    const gone = await goWithoutGrowing(count, go, most)
    expect((await state.opt.count.read())[0]).toBe(gone)
    device.dispose()
  })

  test('many in one call', async () => {
    const { device } = await openNoting(open)
    const run = await compile(step, device, { n })
    let state = await run.init({ seed: 1 })
    const go = async (count: number) => {
      for (let done = 0; done < count; done += 100) {
        const { last, history } = run.steps(100, { state, x, y }, { history: true })
        expect((await history.loss.read()).length).toBe(100)
        ;({ state } = last)
      }
    }
    const gone = await goWithoutGrowing(count, go, most)
    expect((await state.opt.count.read())[0]).toBe(gone)
    device.dispose()
  })
})

describe.each(kinds)('executables, $on', ({ open }) => {
  const [count, side] = isFull ? [1_000, 512] : [20, 2048]
  // Of what is resident some has not been collected yet. All of them would have 800 MiB, or 256.
  const most = { held: isFull ? 3 * MiB : MiB, resident: 160 * MiB }
  const w = new Float32Array(side * side)

  const make = async (device: Device) => {
    const decay = program({ state: { w: f32(side, side) }, rate: f32() }, ({ state, rate }) => ({
      state: { w: state.w.mul(rate) },
      out: state.w.square().sum(),
    }))
    const run = await compile(decay, device)
    const { out } = run({ state: { w }, rate: Float32Array.of(0.5) })
    expect(await out.item()).toBe(0)
    return run
  }

  test.each([
    ['disposed of', true],
    ['dropped', false],
  ])('%s', async (_, disposed) => {
    const { device, shared } = await openNoting(open)
    const go = async (count: number) => {
      for (let done = 0; done < count; done++) {
        const run = await make(device)
        if (disposed) run.dispose()
      }
    }
    const gone = await goWithoutGrowing(count, go, most)
    expect(shared).toEqual(new Array(gone).fill(true))
    device.dispose()
  })
})
