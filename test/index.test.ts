import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type Device, f32, openDevice, program } from '../index.ts'

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
    await expect(openDevice('webgpu')).rejects.toThrow("in Node give it one: openDevice('webgpu', await nodeGpu())")
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
    const run = await compile(count, device, {})
    for (const given of [undefined, {}]) {
      await expect(run.init(given as never)).rejects.toThrow(
        'init: there is no seed; give it one, a whole number: init({ seed: 0 })',
      )
    }
    await expect(run.init({ seed: -1 })).rejects.toThrow('init: the seed is -1')
    expect(await (await run.init({ seed: 0 })).n.item()).toBe(0)
  })

  test('state to begin with', async () => {
    const run = await compile(add, device, {})
    await expect(run.init({ seed: 0 })).rejects.toThrow(
      'type error: init makes the first state of a program, and add has no input state; it takes x',
    )
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
