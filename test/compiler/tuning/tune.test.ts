import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asHardware } from '../../../bench/as-hardware.ts'
import { productTiles, tilesOn } from '../../../compiler/schedule/product-tiles.ts'
import { f32, i32, key, normal, program } from '../../../dsl/index.ts'
import { relu } from '../../../dsl/nn/index.ts'
import { compile, type Device, openDevice, type Tuned, type TuningTrial, tune } from '../../../index.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'

const [large] = productTiles
/** For three tiles, in bytes. */
const room = 11_000
const layer = program({ x: f32('n', 64), w: f32(64, 64), b: f32(64) }, ({ x, w, b }) => relu(x.matmul(w).add(b)), {
  name: 'layer',
})
const n = 128
const product = '128x64x64'

describe.skipIf(missing(computing, 'tuning on WebGPU'))('tune, on WebGPU', () => {
  let device: Device
  /** With room for few tiles: in software each takes more than a second to be made ready. */
  let small: Device
  beforeAll(async () => {
    device = asHardware(await openDevice('webgpu', { gpu: computing.gpu!, software: true }))
    small = asHardware(device, { workgroupBytes: room })
  })
  afterAll(() => device.dispose())

  test('measures every tile of a product that the device has room for', async () => {
    const trials: TuningTrial[] = []
    const { tuned, milliseconds, products } = await tune(
      layer,
      small,
      { n },
      { runs: 1, onTrial: (one) => trials.push(one) },
    )
    const tiles = tilesOn({ sharedBytes: room })
    expect(tiles).toHaveLength(3)
    // Each but the one that it has anyway.
    expect(trials.filter(({ about }) => about.includes('a thread'))).toHaveLength(tiles.length - 1)
    for (const trial of trials) expect(trial.milliseconds).toBeGreaterThan(0)
    expect(products.map((one) => one.product)).toEqual([product])
    expect(tuned.device).toBe(device.name)
    expect(JSON.parse(JSON.stringify(tuned))).toEqual(tuned)
    expect(tuned.products?.[product]).toEqual(products[0]!.tile)
    expect(milliseconds.after).toBeLessThanOrEqual(milliseconds.before)
  })

  test('takes inputs as a call does, or makes some of every kind', async () => {
    const noisy = program(
      { state: { w: f32(64, 64) }, x: f32('n', 64), key: key(), label: i32('n') },
      ({ state: { w }, x, key, label }) => {
        const y = x.add(normal(key, ['n', 64])).matmul(w)
        return { state: { w: w.mul(0.5) }, sum: y.sum(), labels: label.add(1) }
      },
      { name: 'noisy' },
    )
    const { products } = await tune(noisy, small, { n }, { runs: 1 })
    expect(products.map((one) => one.product)).toEqual([product])
    const inputs = { x: new Float32Array(n * 64), w: new Float32Array(64 * 64), b: new Float32Array(64) }
    const { milliseconds } = await tune(layer, small, { n }, { runs: 1, inputs })
    expect(milliseconds.before).toBeGreaterThan(0)
    await expect(tune(layer, small, { n }, { runs: 1, inputs: { ...inputs, b: new Float32Array(3) } })).rejects.toThrow(
      'b needs 64 f32 values ([64]), was given 3',
    )
  })

  test('programs are compiled as the device was tuned, one known before too', async () => {
    const x = Float32Array.from({ length: n * 64 }, (_, i) => Math.sin(i))
    const w = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.cos(i))
    const b = Float32Array.from({ length: 64 }, (_, i) => i / 64)
    const result = async (on: Device) => {
      using run = await compile(layer, on, { n })
      const { kernels } = await run.explain({ format: 'json' })
      return { grid: kernels[0]!.schedule, values: await run({ x, w, b }).read() }
    }
    const as = (tuned: Tuned): Device => asHardware(device, { tuned })
    const plain = await result(device)
    const tuned = await result(as({ products: { [product]: productTiles.find(({ rows }) => rows === 16)! } }))
    expect(tuned.grid).not.toEqual(plain.grid)
    for (const [i, value] of plain.values.entries()) expect(tuned.values[i]).toBeCloseTo(value, 4)
    // What there is no room for is not taken.
    const lacking: Device = asHardware(device, { tuned: { products: { [product]: large! } }, workgroupBytes: 16_384 })
    expect((await result(lacking)).grid).toEqual(plain.grid)
  })

  test('says what is wrong with what was measured elsewhere', async () => {
    const as = (tuned: unknown) => compile(layer, asHardware(device, { tuned: tuned as Tuned }), { n })
    await expect(as({ products: { [product]: { ...large, rows: 100 } } })).rejects.toThrow(
      /^tuned: the tile of products 128x64x64 is {"rows":100,.*}, and there is none of these sizes; .* again, with tune\(\)$/,
    )
    await expect(as({ products: { [product]: null } })).rejects.toThrow(/128x64x64 is null/)
    await expect(as({ fewestPairs: 'all' })).rejects.toThrow('tuned: fewestPairs is "all"; it must be a number above 0')
  })

  test('refuses numbers of runs that are none', async () => {
    await expect(tune(layer, device, { n }, { runs: 0 })).rejects.toThrow(
      'tune: the number of runs is 0; it must be a whole number above 0',
    )
  })
})

describe('tune', () => {
  test('has nothing to choose on a CPU', async () => {
    using device = await openDevice('cpu', { threads: 1 })
    await expect(tune(layer, device, { n })).rejects.toThrow(
      /^tune: .* leaves nothing to choose: tiles are for the workgroups of a GPU in hardware, openDevice\('webgpu'\)$/,
    )
  })

  test('wants a device, and sizes of the dims that there are', async () => {
    await expect(tune(layer, openDevice('cpu') as never, { n })).rejects.toThrow(
      'tune: the device is a promise; await it: tune(program, await openDevice(), sizes)',
    )
    // @ts-expect-error the program has no dim m
    const wrong = () => tune(layer, {} as Device, { n, m: 3 })
    await expect(wrong()).rejects.toThrow('tune: an object is not a device')
  })
})
