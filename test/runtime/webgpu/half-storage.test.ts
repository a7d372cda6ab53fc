import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executable, Port, Region } from '../../../compiler/plan/plan.ts'
import type { Device, Kept } from '../../../runtime/device.ts'
import { bind } from '../../../runtime/run.ts'
import type { DeviceTensor } from '../../../runtime/tensor.ts'
import { openWebGpu, type WebGpuError } from '../../../runtime/webgpu/index.ts'
import { aroundHalves, nearest } from '../../compiler/halves.ts'
import * as fc from '../../fc.ts'
import { computing, missing } from './gpus.ts'

/** A GPU that says it has 16-bit storage: memory of it is like any other, as long as no shader asks for it. */
function withHalves(gpu: GPU): GPU {
  const named = <T extends object>(of: T, features: ReadonlySet<string>): T =>
    new Proxy(of, {
      get(target, name) {
        if (name === 'features') return features
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return {
    ...gpu,
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = (await gpu.requestAdapter(options))!
      const features = new Set([...adapter.features, 'shader-f16'])
      return new Proxy(named(adapter, features), {
        get(target, name) {
          if (name !== 'requestDevice') return Reflect.get(target, name, target)
          return async ({ requiredLimits }: GPUDeviceDescriptor) =>
            named(await adapter.requestDevice({ requiredLimits: requiredLimits! }), features)
        },
      })
    },
  } as GPU
}

/** A program without kernels: what is written to its one state of halves stays there, and comes out. */
function keeping(shape: readonly number[], element: 'f16' | 'f32'): Executable {
  const size = shape.reduce((product, side) => product * side, 1)
  const region = (kind: Region['kind']): Region => ({ name: kind, kind, element, size: 8 + 8 * Math.ceil(size / 8) })
  const port = (path: string, number: number): Port => ({
    path,
    dtype: 'f16',
    shape,
    dims: shape,
    place: { region: number, offset: 8 },
  })
  return {
    plan: {
      name: `keeping ${element}`,
      target: 'wgsl',
      dims: {},
      inputs: { record: { state: { leaf: port('state', 0) } } },
      outputs: { record: { state: { leaf: port('state', 0) }, other: { leaf: port('other', 1) } } },
      regions: [region('state'), region('output')],
      kernels: [],
      dispatches: [],
    },
    code: { target: 'wgsl', shaders: [], dispatches: [] },
  }
}

type Result = { readonly state: DeviceTensor; readonly other: DeviceTensor }
const numbers = fc.array(fc.float({ noNaN: true, min: -70000, max: 70000 }), { minLength: 1, maxLength: 40 })

describe.skipIf(missing(computing, 'tensors of 16 bits on a GPU'))('tensors of 16 bits', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(withHalves(computing.gpu!))
  })
  afterAll(() => device.dispose())

  test('are written, kept, read, copied and converted: always to the nearest half', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.boolean(), async (values, early) => {
        const wanted = Float32Array.from(values, nearest)
        const load = async (element: 'f16' | 'f32') => {
          const executable = keeping([values.length], element)
          return bind(executable, await device.load(executable), device)
        }
        const [narrow, wide, narrower] = [await load('f16'), await load('f32'), await load('f16')]
        const call = (of: typeof narrow, state: unknown) => of.call({ state }) as Result
        const first = call(narrow, Float32Array.from(values)).state
        if (early) expect(await first.read()).toEqual(wanted)
        // Another call with other numbers: the first result moves aside.
        const second = call(
          narrow,
          values.map((value) => -value),
        ).state
        expect(await first.read()).toEqual(wanted)
        expect(await second.read()).toEqual(wanted.map((value) => -value))
        const third = call(wide, second).state
        const fourth = call(narrower, third).state
        const fifth = call(narrow, fourth).state
        for (const tensor of [third, fourth, fifth]) expect(await tensor.read()).toEqual(wanted.map((value) => -value))
        for (const one of [narrow, wide, narrower]) one.dispose()
      }),
      { numRuns: 20 },
    )
  })

  test('are results that lie beside those of other calls, and are copied aside together', async () => {
    const executable = keeping([5], 'f16')
    const loaded = await device.load(executable)
    const place = { region: 1, offset: 8 }
    const kept: Kept[] = []
    for (let turn = 0; turn < 300; turn++) {
      loaded.run()
      loaded.write(place, Float32Array.of(turn, 0.1, -turn, 70000, 5e-8))
      kept.push(loaded.keep(place, 5))
    }
    for (const [turn, one] of kept.entries())
      expect(await one.read()).toEqual(Float32Array.of(turn, nearest(0.1), -turn, Infinity, 2 ** -24))
    loaded.dispose()
  })

  test('become f32 and back on the GPU, every one of them', async () => {
    const values = aroundHalves().slice(0, -1)
    const wanted = Float32Array.from(values, nearest)
    const [narrow, wide] = [keeping([values.length], 'f16'), keeping([values.length], 'f32')]
    const [half, single] = [await device.load(narrow), await device.load(wide)]
    const place = { region: 0, offset: 8 }
    const same = (got: Float32Array) => got.every((value, k) => Object.is(value, wanted[k]))
    single.write(place, values)
    half.restore(single.keep(place, values.length), place)
    expect(same((await half.read(place, values.length)) as Float32Array)).toBe(true)
    single.write(place, new Float32Array(values.length))
    single.restore(half.keep(place, values.length), place)
    expect(same((await single.read(place, values.length)) as Float32Array)).toBe(true)
    half.dispose()
    single.dispose()
  })

  test('are no words of integers', async () => {
    const executable = keeping([4], 'f16')
    const loaded = await device.load(executable)
    expect(() => loaded.write({ region: 0, offset: 0 }, new Uint32Array(4))).toThrow(
      "'state' holds f16: expected a Float32Array and got a Uint32Array",
    )
    loaded.dispose()
  })

  test('need a GPU that has them', async () => {
    const plain = await openWebGpu(computing.gpu!)
    const loaded = plain.load(keeping([4], 'f16')).then(
      () => 'loaded',
      (error: WebGpuError) => `${error.kind}: ${error.message}`,
    )
    const refusal =
      "unavailable: keeping f16 was compiled for a GPU with 'shader-f16', which this one has not: compile it for this device, or for the capabilities that all have (baseline)"
    expect(await loaded).toBe(plain.capabilities.f16 ? 'loaded' : refusal)
    plain.dispose()
  })
})
