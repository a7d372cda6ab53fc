import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Device } from '../../../runtime/device.ts'
import { type Bound, bind } from '../../../runtime/run.ts'
import type { DeviceTensor } from '../../../runtime/tensor.ts'
import { turnsOf } from '../../../runtime/webgpu/turns.ts'
import { onGpu } from '../step.ts'
import { checking, computing, missing } from './gpus.ts'
import { type Counts, counted, opened } from './opened.ts'

// What a call costs beside the kernels that it runs: nothing is made and nothing is copied.

interface Result {
  readonly state: { readonly w: DeviceTensor; readonly count: DeviceTensor; readonly key: DeviceTensor }
  readonly before: DeviceTensor
  readonly latest: DeviceTensor
}
const start = { w: new Float32Array(4), count: 0, key: Uint32Array.of(7, 9) }
const inputs = (state: unknown) => ({
  state,
  x: Float32Array.of(1, 1, 1, 1),
  rate: 1,
  mask: [Uint32Array.of(1, 0), Uint32Array.of(5, 6)],
})

describe.skipIf(missing(checking, 'WebGPU without a GPU'))('counts', () => {
  let device: Device
  let gpuDevice: GPUDevice
  let counts: () => Counts
  beforeEach(async () => {
    ;({ device, gpuDevice } = await opened(checking.gpu!))
    return () => device.dispose()
  })
  const loaded = async (slots: number): Promise<Bound> => {
    const executable = onGpu(slots)
    const bound = bind(executable, await device.load(executable), device)
    counts = counted(gpuDevice)
    return bound
  }

  test('100 steps: a submission each, and nothing else', async () => {
    const step = await loaded(256)
    let { state } = step.call(inputs(start)) as Result
    for (let i = 1; i < 100; i++) ({ state } = step.call(inputs(state)) as Result)
    expect(counts()).toEqual({ createBuffer: 0, createBindGroup: 0, submit: 100, pass: 100, copy: 0 })
    // The one that is read is copied to where the host can read it.
    await state.w.read()
    expect(counts()).toEqual({ createBuffer: 1, createBindGroup: 0, submit: 101, pass: 100, copy: 1 })
  })

  test('results that may still be read are copied aside together, once in as many calls as have slots', async () => {
    const step = await loaded(64)
    const results: Result[] = []
    let state: unknown = start
    for (let i = 0; i < 640; i++) {
      results.push(step.call(inputs(state)) as Result)
      state = results.at(-1)!.state
    }
    expect(counts()).toMatchObject({ createBuffer: 9 + 1, submit: 640 })
    expect(results).toHaveLength(640)
  })

  test('what was disposed of or read is not copied aside', async () => {
    const step = await loaded(1)
    let state: unknown = start
    for (let i = 0; i < 10; i++) {
      const result = step.call(inputs(state)) as Result & { readonly chosen: DeviceTensor }
      result.before.dispose()
      result.chosen.dispose()
      await result.latest.read()
      state = result.state
    }
    // One buffer, in which what is read arrives, and a copy for each that is read.
    expect(counts()).toMatchObject({ createBuffer: 1, submit: 20, copy: 10 })
  })

  test('steps are one submission of one pass, however many', async () => {
    const step = await loaded(16)
    step.steps(100, inputs(start))
    expect(counts()).toEqual({ createBuffer: 0, createBindGroup: 0, submit: 1, pass: 1, copy: 0 })
  })

  test('a history costs a buffer, and a pass in as many steps as have slots', async () => {
    const step = await loaded(16)
    step.steps(160, inputs(start), { history: true })
    expect(counts()).toMatchObject({ createBuffer: 1, submit: 1, copy: 160 })
    expect(counts().pass).toBeLessThanOrEqual(11)
  })

  test('all pipelines are made at the same time, and equal ones once', async () => {
    let most = 0
    let now = 0
    const make = gpuDevice.createComputePipelineAsync.bind(gpuDevice)
    const made = vi.spyOn(gpuDevice, 'createComputePipelineAsync').mockImplementation(async (descriptor) => {
      most = Math.max(most, ++now)
      const pipeline = await make(descriptor)
      now--
      return pipeline
    })
    const blocking = vi.spyOn(gpuDevice, 'createComputePipeline')
    const executable = onGpu(16)
    await Promise.all([device.load(executable), device.load(executable)])
    await device.load(executable)
    if (executable.code.target !== 'wgsl') throw new Error('the step is compiled for wgsl')
    expect(made).toHaveBeenCalledTimes(executable.code.shaders.length)
    expect(most).toBe(executable.code.shaders.length)
    expect(most).toBeGreaterThan(1)
    expect(blocking).not.toHaveBeenCalled()
  })

  test('ready waits until the GPU is a few submissions behind, and never where it is not', async () => {
    const step = await loaded(256)
    const finish: (() => void)[] = []
    vi.spyOn(gpuDevice.queue, 'onSubmittedWorkDone').mockImplementation(
      () => new Promise((done) => finish.push(() => done(undefined))),
    )
    const settled = async (promise: Promise<void>): Promise<boolean> => {
      let is = false
      promise.then(() => {
        is = true
      })
      await new Promise((done) => setTimeout(done))
      return is
    }
    let { state } = step.call(inputs(start)) as Result
    expect(await settled(device.ready())).toBe(true)
    for (let i = 1; i < 40; i++) ({ state } = step.call(inputs(state)) as Result)
    const ready = device.ready()
    expect(await settled(ready)).toBe(false)
    for (const one of finish.slice(0, -2)) one()
    expect(await settled(ready)).toBe(true)
  })
})

describe.skipIf(missing(computing, 'results on a GPU'))('values', () => {
  let device: Device
  beforeAll(async () => {
    ;({ device } = await opened(computing.gpu!))
  })
  afterAll(() => device.dispose())

  test.each([1, 7, 256])('of 600 calls are kept, with slots for %i', async (slots) => {
    const executable = onGpu(slots)
    expect(turnsOf(executable.plan).slots).toBe(slots)
    const step = bind(executable, await device.load(executable), device)
    const latest: DeviceTensor[] = []
    let state: unknown = start
    for (let i = 0; i < 600; i++) {
      const result = step.call(inputs(state)) as Result
      latest.push(result.latest)
      state = result.state
    }
    for (const i of [0, 1, 5, 6, 7, 254, 255, 256, 257, 511, 512, 599]) expect(await latest[i]!.item()).toBe(i + 1)
    step.dispose()
    expect(await Promise.all(latest.slice(560).map((tensor) => tensor.item()))).toEqual(
      latest.slice(560).map((_, i) => 561 + i),
    )
  })

  test('of a history longer than there are slots are those of the calls', async () => {
    const executable = onGpu(7)
    const step = bind(executable, await device.load(executable), device)
    const before = step.call(inputs(start)) as Result
    const { last, history } = step.steps(50, inputs(before.state), { history: true }) as {
      readonly last: Result
      readonly history: { readonly latest: DeviceTensor }
    }
    expect([...(await history.latest.read())]).toEqual(Array.from({ length: 50 }, (_, i) => i + 2))
    expect(await last.latest.item()).toBe(51)
    expect(await before.latest.item()).toBe(1)
  })
})
