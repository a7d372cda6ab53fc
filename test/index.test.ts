import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type Device, type DeviceTensor, f32, key, normal, openDevice, program, split } from '../index.ts'
import { computing, missing } from './runtime/webgpu/gpus.ts'

const add = program({ x: f32(2) }, ({ x }) => x.add(1), { name: 'add' })
const count = program({ state: { n: f32() } }, ({ state }) => ({ state: { n: state.n.add(1) } }), { name: 'count' })

let device: Device
beforeAll(async () => {
  device = await openDevice('cpu')
})

describe('what is missing is asked for', () => {
  test('a kind of device that there is', async () => {
    await expect(openDevice('gpu' as never)).rejects.toThrow(
      "openDevice('gpu'): there is no such kind of device; write 'webgpu' or 'cpu', or openDevice() for WebGPU where there is a GPU",
    )
  })

  test('a GPU, with the reason where there is none', async () => {
    const reason = 'this machine has no GPU with a driver'
    await expect(openDevice('webgpu', { reason })).rejects.toThrow(
      `openDevice('webgpu'): ${reason}; openDevice('cpu') runs without`,
    )
    await expect(openDevice('webgpu')).rejects.toMatchObject({
      name: 'WebGpuError',
      kind: 'unavailable',
      message: expect.stringContaining("npm install webgpu, and openDevice('webgpu', await nodeGpu())"),
    })
  })

  test('a program', async () => {
    for (const [given, name] of [
      [undefined, 'undefined'],
      [() => 1, 'a function'],
      [{}, 'an object'],
    ] as const) {
      await expect(compile(given as never, device, {})).rejects.toThrow(
        `type error: ${name} is not a program; make one with program(inputs, body)`,
      )
    }
  })

  test('an open device', async () => {
    await expect(compile(add, openDevice('cpu') as never, {})).rejects.toThrow(
      'compile: the device is a promise; await it: compile(program, await openDevice(), sizes)',
    )
    for (const [given, name] of [
      [undefined, 'undefined'],
      ['cpu', "'cpu'"],
      [{ n: 2 }, 'an object'],
    ] as const) {
      await expect(compile(add, given as never, {})).rejects.toThrow(
        `compile: ${name} is not a device; open one: compile(program, await openDevice(), sizes)`,
      )
    }
  })

  test('a seed', async () => {
    const run = await compile(count, device)
    for (const given of [undefined, {}]) {
      await expect(run.init(given as never)).rejects.toThrow(
        'init: there is no seed; give it one, a whole number: init({ seed: 0 })',
      )
    }
    await expect(run.init({ seed: -1 })).rejects.toThrow('init: the seed is -1')
    expect(await (await run.init({ seed: 0 })).n.item()).toBe(0)
  })

  test('state to begin with', async () => {
    const run = await compile(add, device)
    await expect(run.init({ seed: 0 })).rejects.toThrow(
      'type error: init makes the first state of a program, and add has no input state; it takes x',
    )
  })
})

describe('a program is compiled once', () => {
  const traced = () => {
    const seen = { times: 0 }
    const scaled = program({ state: { w: f32('n') }, by: f32() }, ({ state, by }) => {
      seen.times++
      return { state: { w: state.w.mul(by) } }
    })
    return { seen, scaled }
  }
  /** The device, and what it is given to load. */
  const watched = (): { device: Device; executables: unknown[] } => {
    const executables: unknown[] = []
    const load: Device['load'] = (executable) => {
      executables.push(executable)
      return device.load(executable)
    }
    return { device: { ...device, load }, executables }
  }

  test('for the same sizes, and each has a memory of its own', async () => {
    const { seen, scaled } = traced()
    const { device, executables } = watched()
    const [a, b] = [await compile(scaled, device, { n: 2 }), await compile(scaled, device, { n: 2 })]
    expect(seen.times).toBe(1)
    expect(executables[0]).toBe(executables[1])
    const first = a({ state: { w: Float32Array.of(1, 2) }, by: Float32Array.of(2) })
    const second = b({ state: { w: Float32Array.of(5, 6) }, by: Float32Array.of(3) })
    a.dispose()
    expect(await second.state.w.read()).toEqual(Float32Array.of(15, 18))
    await expect(first.state.w.read()).rejects.toThrow('which has been disposed')
    expect(await b.explain()).toBe(await a.explain())
  })

  test('for each choice of sizes, and for each kind of device', async () => {
    const { seen, scaled } = traced()
    await compile(scaled, device, { n: 2 })
    await compile(scaled, device, { n: 3 })
    expect(seen.times).toBe(2)
    const { executables, device: other } = watched()
    await compile(scaled, { ...other, capabilities: { ...other.capabilities, f16: true } }, { n: 3 })
    expect(seen.times).toBe(3)
    expect(executables).toHaveLength(1)
    const run = await compile(scaled, device, { n: 2 })
    expect(seen.times).toBe(3)
    await run.init({ seed: 0 })
    await (await compile(scaled, device, { n: 2 })).init({ seed: 1 })
    expect(seen.times).toBe(3)
  })

  test('and again where it was refused', async () => {
    let wrong = true
    const refused = program({ x: f32(2) }, ({ x }) => {
      if (wrong) throw new Error('not now')
      return x.neg()
    })
    await expect(compile(refused, device, {})).rejects.toThrow('not now')
    wrong = false
    expect(await (await compile(refused, device))({ x: Float32Array.of(1, 2) }).read()).toEqual(Float32Array.of(-1, -2))
  })

  test('the sizes that were asked for last are the ones that are remembered', async () => {
    const { seen, scaled } = traced()
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 1]) await compile(scaled, device, { n })
    expect(seen.times).toBe(9)
    await compile(scaled, device, { n: 2 })
    expect(seen.times).toBe(10)
  })
})

describe('steps', () => {
  const step = program({ state: { w: f32('n'), key: key() }, x: f32('n') }, ({ state, x }) => {
    const [next, now] = split(state.key, 2)
    const w = state.w.mul(0.5).add(x.mul(normal(now, x.shape)))
    return { state: { w, key: next }, loss: w.square().sum(), parts: { mean: w.mean(), w } }
  })
  const x = Float32Array.of(1, 2, 3)

  for (const [kind, skipped] of [
    ['cpu', false],
    ['webgpu', missing(computing, 'steps on a GPU')],
  ] as const)
    test.skipIf(skipped)(`on ${kind}: to the bit what as many calls do, with random keys of their own`, async () => {
      const on = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
      const run = await compile(step, on, { n: 3 })
      let state = await run.init({ seed: 3 })
      const losses: number[] = []
      for (let i = 0; i < 5; i++) {
        const result = run({ state, x })
        losses.push(await result.loss.item())
        state = result.state
      }
      const wanted = { w: await state.w.read(), key: await state.key.read() }

      const { last, history } = run.steps(5, { state: await run.init({ seed: 3 }), x }, { history: true })
      const stacked: DeviceTensor<[number]> = history.loss
      expect([...(await stacked.read())]).toEqual(losses)
      expect(new Set(losses).size).toBe(5)
      const means: DeviceTensor<[number]> = history.parts.mean
      expect((await means.read()).at(-1)).toBe(await last.parts.mean.item())
      // @ts-expect-error it is no scalar, and has no history
      expect(history.parts.w).toBeUndefined()
      expect({ w: await last.state.w.read(), key: await last.state.key.read() }).toEqual(wanted)

      const some = run.steps(2, { state: await run.init({ seed: 3 }), x })
      const rest = run.steps(3, { state: some.state, x })
      expect({ w: await rest.state.w.read(), key: await rest.state.key.read() }).toEqual(wanted)
      await expect(some.state.w.read()).rejects.toThrow('donated to')
      on.dispose()
    })
})

test('to dispose after an init that failed raises nothing more', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  const shortLived = await openDevice('cpu')
  const run = await compile(count, shortLived, {})
  shortLived.dispose()
  await expect(run.init({ seed: 0 })).rejects.toThrow(
    'the device that init of count is to be loaded on has been disposed',
  )
  run.dispose()
  await new Promise((done) => setTimeout(done, 10))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
