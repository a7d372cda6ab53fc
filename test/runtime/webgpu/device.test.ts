import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { printWgsl } from '../../../compiler/target/wgsl/print.ts'
import type { Device, Kept, Loaded } from '../../../runtime/device.ts'
import { amountOf } from '../../../runtime/too-large.ts'
import { openWebGpu } from '../../../runtime/webgpu/index.ts'
import {
  add,
  constant,
  index,
  kernel,
  load,
  loop,
  nest,
  plan,
  slot,
  store,
} from '../../compiler/target/wgsl/by-hand.ts'
import * as fc from '../../fc.ts'
import { checking, computing, missing } from './gpus.ts'
import { opened } from './opened.ts'

const size = 16
const i = loop('i', size)
/** Adds `step` to every element of a tensor, and counts in a word how often it did. */
const adding = (name: string, step: number) =>
  kernel(
    name,
    [slot('state', 'f32', size, 'update'), slot('calls', 'u32', 1, 'update')],
    [
      nest('state', [i], [store(0, i, add(load(0, 'f32', i), constant(step)))]),
      nest('calls', [], [store(1, index(0), add(load(1, 'u32', index(0)), constant(1, 'u32')))]),
    ],
  )
const floats = { name: 'state', kind: 'state', element: 'f32', size: size + 4 } as const
const words = { name: 'counts', kind: 'state', element: 'u32', size: 4 } as const
const nothing = { name: 'nothing', kind: 'output', element: 'f32', size: 0 } as const
const places = [
  { region: 0, offset: 4 },
  { region: 1, offset: 0 },
]
const state = places[0]!
/** Adds one and then two, by one shader each and the first twice: to a tensor that begins at element 4. */
const counting = plan(
  [floats, words, nothing],
  [adding('one', 1), adding('two', 2)],
  [
    { kernel: 0, places },
    { kernel: 1, places },
    { kernel: 0, places },
  ],
)
const executable = { plan: counting, code: printWgsl(counting) }

describe.skipIf(missing(computing, 'calls on a GPU'))('calls', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  test('take effect in the order in which they are made', async () => {
    type Call =
      | { readonly kind: 'run' | 'read' | 'keep' | 'readKept' }
      | { readonly kind: 'write'; readonly offset: number; readonly values: readonly number[] }
      | { readonly kind: 'restore'; readonly which: number }
    const call: fc.Arbitrary<Call> = fc.oneof(
      fc.constantFrom({ kind: 'run' }, { kind: 'read' }, { kind: 'keep' }, { kind: 'readKept' }),
      fc.record({ kind: fc.constant('restore'), which: fc.nat(9) }),
      fc.nat(size - 1).chain((offset) =>
        fc.record({
          kind: fc.constant('write'),
          offset: fc.constant(offset),
          values: fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: size - offset }),
        }),
      ),
    )
    const loaded = await device.load(executable)
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 40 }), async (calls) => {
        const model = new Float32Array(size)
        loaded.write(state, model)
        const kept: { kept: Kept; model: Float32Array }[] = []
        const reads: { got: Promise<unknown>; want: Float32Array }[] = []
        for (const one of calls) {
          switch (one.kind) {
            case 'run':
              loaded.run()
              model.forEach((value, i) => {
                model[i] = value + 4
              })
              break
            case 'write':
              loaded.write({ region: 0, offset: 4 + one.offset }, Float32Array.from(one.values))
              model.set(one.values, one.offset)
              break
            case 'read':
              reads.push({ got: loaded.read(state, size), want: model.slice() })
              break
            case 'keep':
              kept.push({ kept: loaded.keep(state, size), model: model.slice() })
              break
            case 'readKept':
              for (const { kept: one, model: want } of kept) reads.push({ got: one.read(), want })
              break
            case 'restore': {
              const one_ = kept[one.which % Math.max(1, kept.length)]
              if (!one_) break
              loaded.restore(one_.kept, state)
              model.set(one_.model)
            }
          }
        }
        reads.push({ got: loaded.read(state, size), want: model })
        for (const { kept: one } of kept) one.dispose()
        for (const { got, want } of reads) expect(await got).toEqual(want)
      }),
      { numRuns: 60 },
    )
    loaded.dispose()
  })

  test('count in words, in memory that is zero at first', async () => {
    const loaded = await device.load(executable)
    loaded.run()
    loaded.run()
    expect(await loaded.read(places[1]!, 4)).toEqual(Uint32Array.of(6, 0, 0, 0))
    loaded.write(places[1]!, Uint32Array.of(2 ** 32 - 3))
    loaded.run()
    expect(await loaded.read(places[1]!, 1)).toEqual(Uint32Array.of(0))
    loaded.dispose()
  })

  test('read, write, keep and restore nothing', async () => {
    const loaded = await device.load(executable)
    const place = { region: 2, offset: 0 }
    loaded.write(place, new Float32Array())
    const kept = loaded.keep(place, 0)
    loaded.restore(kept, place)
    expect(await kept.read()).toEqual(new Float32Array())
    expect(await loaded.read(place, 0)).toEqual(new Float32Array())
    loaded.dispose()
  })

  test('write from shared memory', async () => {
    const loaded = await device.load(executable)
    const shared = new Float32Array(new SharedArrayBuffer(8))
    shared.set([3, 4])
    loaded.write(state, shared)
    expect(await loaded.read(state, 2)).toEqual(Float32Array.of(3, 4))
    loaded.dispose()
  })

  test('keep a copy that outlives its executable and is restored into another', async () => {
    const [first, second] = [await device.load(executable), await device.load(executable)]
    first.run()
    const kept = first.keep(state, size)
    first.dispose()
    second.restore(kept, state)
    second.run()
    expect(await second.read(state, 1)).toEqual(Float32Array.of(8))
    expect(kept.length).toBe(size)
    kept.dispose()
    expect(() => second.restore(kept, state)).toThrow('what was kept was disposed of')
    second.dispose()
  })
})

describe.skipIf(missing(checking, 'WebGPU without a GPU'))('a device', () => {
  const loadedOn = async (use: (at: { device: Device; gpuDevice: GPUDevice; loaded: Loaded }) => Promise<void>) => {
    const { device, gpuDevice } = await opened(checking.gpu!)
    const loaded = await device.load(executable)
    await use({ device, gpuDevice, loaded })
    device.dispose()
  }

  test('has a kind, a target and a name for people', () =>
    loadedOn(async ({ device }) => {
      expect(device).toMatchObject({ kind: 'webgpu', target: 'wgsl' })
      expect(device.name).toMatch(/^WebGPU \(.+\)$/)
    }))

  test('asks for all that the adapter allows', () =>
    loadedOn(async ({ gpuDevice }) => {
      const { limits } = (await checking.gpu!.requestAdapter())!
      for (const name of ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage'] as const)
        expect(gpuDevice.limits[name]).toBe(limits[name])
    }))

  test('compiles equal shaders once, and a call is one submit of one pass', () =>
    loadedOn(async ({ device, gpuDevice }) => {
      const compiled = vi.spyOn(gpuDevice, 'createComputePipelineAsync')
      const other = plan(
        counting.regions,
        [adding('one', 1), adding('three', 3), adding('three', 3)],
        [0, 1, 2, 0].map((kernel) => ({ kernel, places })),
      )
      const code = printWgsl(other)
      expect(code.shaders).toHaveLength(3)
      const loaded = await device.load({ plan: other, code })
      expect(compiled).toHaveBeenCalledTimes(1)
      const submitted = vi.spyOn(gpuDevice.queue, 'submit')
      const created = vi.spyOn(gpuDevice, 'createBuffer')
      loaded.run()
      expect(submitted).toHaveBeenCalledTimes(1)
      expect(created).not.toHaveBeenCalled()
    }))

  test('brings words back through buffers that it uses again', () =>
    loadedOn(async ({ gpuDevice, loaded }) => {
      const created = vi.spyOn(gpuDevice, 'createBuffer')
      for (let n = 0; n < 5; n++) await loaded.read(state, size)
      expect(created).toHaveBeenCalledTimes(1)
    }))

  test('raises what it refused at the next read, once', () =>
    loadedOn(async ({ gpuDevice, loaded }) => {
      gpuDevice.createBuffer({ size: 16, usage: 0x1 | 0x80 })
      await expect(loaded.read(state, 1)).rejects.toMatchObject({
        name: 'WebGpuError',
        kind: 'invalid',
        message: expect.stringContaining('the GPU refused a command'),
      })
      expect(await loaded.read(state, 1)).toHaveLength(1)
    }))

  test('that is lost says so at every read, also at one that waits', () =>
    loadedOn(async ({ gpuDevice, loaded }) => {
      const waiting = loaded.read(state, 1)
      gpuDevice.destroy()
      const lost = { name: 'WebGpuError', kind: 'lost' }
      await waiting.catch((error) => expect(error).toMatchObject(lost))
      await expect(loaded.read(state, 1)).rejects.toMatchObject(lost)
      await expect(loaded.keep(state, 1).read()).rejects.toMatchObject(lost)
    }))

  test('that was disposed of says so', () =>
    loadedOn(async ({ device, loaded }) => {
      device.dispose()
      await expect(loaded.read(state, 1)).rejects.toThrow(/was disposed of/)
      await expect(device.load(executable)).rejects.toThrow(/was disposed of/)
    }))

  test('refuses what it cannot hold or run', () =>
    loadedOn(async ({ device, gpuDevice }) => {
      const { maxStorageBufferBindingSize: bytes, maxStorageBuffersPerShaderStage: most } = gpuDevice.limits
      const large = plan([{ ...floats, size: bytes / 4 + 1 }], [], [])
      const refused = { name: 'WebGpuError', kind: 'unavailable' }
      const loadLarge = device.load({ plan: large, code: printWgsl(large) })
      await expect(loadLarge).rejects.toMatchObject(refused)
      await expect(loadLarge).rejects.toThrow(
        `needs ${amountOf(bytes + 4)} in one piece for 'state', and this GPU allows`,
      )

      const regions = Array.from({ length: most + 1 }, (_, n) => ({ ...floats, name: `r${n}` }))
      const slots = regions.map(({ name }) => slot(name, 'f32', 1, 'write'))
      const wide = kernel('wide', slots, [
        nest(
          'wide',
          [],
          slots.map((_, n) => store(n, index(0), constant(n))),
        ),
      ])
      const many = plan(regions, [wide], [{ kernel: 0, places: regions.map((_, region) => ({ region, offset: 0 })) }])
      await expect(device.load({ plan: many, code: printWgsl(many) })).rejects.toThrow(
        `uses ${most + 1} regions, and this GPU allows ${most}`,
      )

      const wasm = { plan: counting, code: { target: 'wasm', module: new Uint8Array(), shared: false } } as const
      await expect(device.load(wasm)).rejects.toThrow('was compiled for wasm; a WebGPU device runs wgsl')
    }))

  test('refuses ranges, arrays and copies that do not fit', () =>
    loadedOn(async ({ device, loaded }) => {
      expect(() => loaded.write({ region: 0, offset: size }, new Float32Array(5))).toThrow(
        `'state' has 20 elements, and 16 to 21 were asked for`,
      )
      await expect(loaded.read({ region: 3, offset: 0 }, 1)).rejects.toThrow('has 3 regions and no region 3')
      expect(() => loaded.write(state, new Uint32Array(1))).toThrow(
        `'state' holds f32: expected a Float32Array and got a Uint32Array`,
      )
      expect(() => loaded.restore(loaded.keep(state, 1), places[1]!)).toThrow(`'counts' holds u32`)
      const elsewhere = await openWebGpu(checking.gpu!)
      const other = await elsewhere.load(executable)
      expect(() => loaded.restore(other.keep(state, 1), state)).toThrow(`'state' is on another device`)
      elsewhere.dispose()
      loaded.dispose()
      expect(() => loaded.run()).toThrow('by hand was disposed of')
      expect(device.kind).toBe('webgpu')
    }))

  test('that is not there is an error that says what to do', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU
    await expect(openWebGpu(none)).rejects.toThrow(/expected a WebGPU adapter and found none.*openDevice\('cpu'\)/)
  })
})
