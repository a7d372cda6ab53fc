import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Device } from '../../../runtime/device.ts'
import { type Bound, bind } from '../../../runtime/run.ts'
import type { DeviceTensor } from '../../../runtime/tensor.ts'
import { onGpu } from '../step.ts'
import { checking, computing, missing } from './gpus.ts'
import { opened } from './opened.ts'

// What is disposed of, forgotten or lost.

interface Result {
  readonly state: { readonly w: DeviceTensor; readonly count: DeviceTensor; readonly key: DeviceTensor }
  readonly before: DeviceTensor
  readonly chosen: DeviceTensor
  readonly latest: DeviceTensor
}
const start = { w: new Float32Array(4), count: 0, key: Uint32Array.of(7, 9) }
const inputs = (state: unknown) => ({
  state,
  x: Float32Array.of(1, 1, 1, 1),
  rate: 1,
  mask: [Uint32Array.of(1, 0), Uint32Array.of(5, 6)],
})
const executable = onGpu(16)

describe.skipIf(missing(computing, 'a GPU that is lost'))('lost', () => {
  let device: Device
  let gpuDevice: GPUDevice
  let step: Bound
  beforeEach(async () => {
    ;({ device, gpuDevice } = await opened(computing.gpu!))
    step = bind(executable, await device.load(executable), device)
    return () => device.dispose()
  })

  test('every call and read says so, and so does the device', async () => {
    const { state, latest } = step.call(inputs(start)) as Result
    gpuDevice.destroy()
    const lost = {
      name: 'WebGpuError',
      kind: 'lost',
      message: expect.stringMatching(/ was lost, and its memory with it/),
    }
    expect(await device.lost).toMatchObject(lost)
    expect(() => step.call(inputs(start))).toThrow(expect.objectContaining(lost))
    expect(() => step.steps(3, inputs(start))).toThrow(expect.objectContaining(lost))
    await expect(latest.read()).rejects.toMatchObject(lost)
    await expect(state.w.read()).rejects.toMatchObject(lost)
    await expect(device.load(executable)).rejects.toMatchObject(lost)
    await device.ready()
    step.dispose()
  })

  test('what had been read is still there, results and state', async () => {
    const first = step.call(inputs(start)) as Result
    expect(await first.latest.item()).toBe(1)
    const second = step.call(inputs(first.state)) as Result
    expect(await second.state.w.read()).toEqual(Float32Array.of(2, 2, 2, 2))
    gpuDevice.destroy()
    await device.lost
    expect(await first.latest.item()).toBe(1)
    expect(await second.state.w.read()).toEqual(Float32Array.of(2, 2, 2, 2))
    await expect(second.state.count.read()).rejects.toMatchObject({ kind: 'lost' })
    await expect(first.state.w.read()).rejects.toThrow('donated')
  })

  test('what was read is the reader own: to change it changes no tensor', async () => {
    const { state, before } = step.call(inputs(start)) as Result
    for (const tensor of [state.w, before]) {
      const read = (await tensor.read()) as Float32Array
      const want = read.slice()
      read.fill(9)
      expect(await tensor.read()).toEqual(want)
    }
  })

  test('what was read is put where it is needed again', async () => {
    const a = step.call(inputs(start)) as Result
    expect(await a.before.read()).toEqual(new Float32Array(4))
    const b = step.call({ ...inputs(a.state), x: a.before }) as Result
    for (let i = 0, state = b.state; i < 20; i++) ({ state } = step.call(inputs(state)) as Result)
    // By now something else is where it was.
    const c = step.call({ ...inputs(start), x: a.before }) as Result
    expect(await c.state.w.read()).toEqual(new Float32Array(4))
  })
})

describe.skipIf(missing(checking, 'WebGPU without a GPU'))('without a GPU', () => {
  let device: Device
  let gpuDevice: GPUDevice
  let made: { created: number; destroyed: number }
  const load = async (): Promise<Bound> => bind(executable, await device.load(executable), device)
  beforeEach(async () => {
    ;({ device, gpuDevice } = await opened(checking.gpu!))
    // Of this test's own: buffers of another may be collected while it runs.
    const counts = { created: 0, destroyed: 0 }
    made = counts
    const createBuffer = gpuDevice.createBuffer.bind(gpuDevice)
    vi.spyOn(gpuDevice, 'createBuffer').mockImplementation((descriptor) => {
      const buffer = createBuffer(descriptor)
      const destroy = buffer.destroy.bind(buffer)
      counts.created++
      buffer.destroy = () => {
        counts.destroyed++
        return destroy()
      }
      return buffer
    })
    return () => device.dispose()
  })

  test('disposing twice is disposing once, also by `using`', async () => {
    const step = await load()
    const { latest, before, chosen, state } = step.call(inputs(start)) as Result
    for (const tensor of [latest, before, chosen]) tensor.dispose()
    latest[Symbol.dispose]()
    state.w[Symbol.dispose]()
    step[Symbol.dispose]()
    step.dispose()
    device[Symbol.dispose]()
    device.dispose()
    expect(made.destroyed).toBe(made.created)
    expect(await device.lost).toMatchObject({ kind: 'lost', message: expect.stringMatching(/was disposed of$/) })
  })

  test('calls on a device that was disposed of say so', async () => {
    const step = await load()
    const { latest } = step.call(inputs(start)) as Result
    device.dispose()
    const gone = { name: 'WebGpuError', kind: 'lost', message: expect.stringMatching(/was disposed of$/) }
    expect(() => step.call(inputs(start))).toThrow(expect.objectContaining(gone))
    await expect(latest.read()).rejects.toMatchObject(gone)
    step.dispose()
    expect(() => step.call(inputs(start))).toThrow('step has been disposed')
  })

  test('what the GPU refused is thrown by the next call, once', async () => {
    const step = await load()
    gpuDevice.createBuffer({ size: 16, usage: 0x1 | 0x80 })
    await gpuDevice.queue.onSubmittedWorkDone()
    await new Promise((done) => setTimeout(done, 20))
    expect(() => step.call(inputs(start))).toThrow(expect.objectContaining({ name: 'WebGpuError', kind: 'invalid' }))
    step.call(inputs(start))
  })

  test('a program for which there is no memory left is not loaded, and leaves nothing behind', async () => {
    class GPUOutOfMemoryError {
      readonly message = 'no more'
    }
    vi.spyOn(gpuDevice, 'popErrorScope').mockResolvedValueOnce(new GPUOutOfMemoryError() as GPUError)
    await expect(load()).rejects.toMatchObject({
      name: 'WebGpuError',
      kind: 'out-of-memory',
      message: expect.stringMatching(/^loading step, \d+ bytes: the GPU has no memory left: no more$/),
    })
    expect(made.created).toBeGreaterThan(0)
    expect(made.destroyed).toBe(made.created)
  })

  describe('forgotten', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const collected = async (): Promise<void> => {
      for (let i = 0; i < 4; i++) {
        await new Promise((done) => setTimeout(done))
        collect()
      }
      await new Promise((done) => setTimeout(done))
    }

    test('an executable that nobody holds is freed, with all its buffers', async () => {
      await (async () => {
        const step = await load()
        step.call(inputs(start))
        await collected()
        expect(made.destroyed).toBe(0)
        step.call(inputs(start))
      })()
      await collected()
      expect(made.created).toBeGreaterThan(0)
      expect(made.destroyed).toBe(made.created)
    })

    test('its memory is there for as long as one of its tensors is', async () => {
      const latest = await (async () => {
        const step = await load()
        return (step.call(inputs(start)) as Result).latest
      })()
      await collected()
      expect(made.destroyed).toBe(0)
      await latest.read()
      expect(latest.shape).toEqual([])
    })

    test('a history that nobody holds is freed', async () => {
      const step = await load()
      const before = made.created
      step.steps(4, inputs(start), { history: true })
      expect(made.created).toBe(before + 1)
      await collected()
      expect(made.destroyed).toBe(1)
      step.call(inputs(start))
    })

    test('results that nobody holds are not copied aside', async () => {
      const step = await load()
      const before = made.created
      let { state } = step.call(inputs(start)) as Result
      for (let lap = 0; lap < 4; lap++) {
        for (let i = 0; i < 12; i++) ({ state } = step.call(inputs(state)) as Result)
        await collected()
      }
      // 49 calls go three times around the 16 slots, and at most the results of the last 12 are still held then.
      expect(made.created - before).toBeLessThanOrEqual(3)
      expect(made.destroyed).toBe(made.created - before)
    })
  })
})
