import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asHardware } from '../../bench/as-hardware.ts'
import { openFor } from '../../cli/device.ts'
import { run, tuneOn } from '../../cli/tune.ts'
import { readTuned } from '../../cli/tuned-file.ts'
import { tilesOn } from '../../compiler/schedule/product-tiles.ts'
import { f32, program } from '../../dsl/index.ts'
import { type Device, listAdapters, openDevice, type Tuned } from '../../index.ts'
import { nodeGpu } from '../../runtime/node/index.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { printed } from './printed.ts'

let folder: string
const at = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fluxion-tune-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** For three tiles, in bytes: in software each takes more than a second to be made ready. */
const room = 11_000
const layer = program({ x: f32('n', 64), w: f32(64, 64) }, ({ x, w }) => x.matmul(w), { name: 'layer' })
const [tile] = tilesOn({ sharedBytes: room })

describe.skipIf(missing(computing, 'fluxion tune on WebGPU'))('fluxion tune', () => {
  let device: Device
  beforeAll(async () => {
    device = asHardware(await openDevice('webgpu', { gpu: computing.gpu!, software: true }), { workgroupBytes: room })
  })
  afterAll(() => device.dispose())
  const tuned = (out: string | undefined, dims = { n: 64 }) =>
    printed(() => tuneOn(device, layer, dims, { runs: 1, out }))

  test('prints trials and what came of them, and adds that to a file', async () => {
    const path = at('tuned.json')
    const before: Tuned = { device: device.name, products: { '8x8x8': tile! } }
    writeFileSync(path, JSON.stringify(before))
    const said = await tuned(path)
    expect(said).toMatch(/^\d+\.\d{3} ms {2}as it is\n(\d+\.\d{3} ms {2}\d+ x \d+ by \d+, .* a thread.*\n){2}/)
    expect(said).toMatch(/\nproduct +before +after +tile\n64x64x64 +\d+\.\d{3} ms +\d+\.\d{3} ms +(\d+ x|as before)/)
    expect(said).toMatch(
      / ms in its kernels before, .* ms after: (\d+\.\d\d times as fast|nothing was faster)\n\nwrote /,
    )
    const after = JSON.parse(readFileSync(path, 'utf8')) as Tuned
    expect(after.device).toBe(device.name)
    expect(after.products).toMatchObject(before.products!)
    expect(await readTuned(path, device.name)).toEqual(after)
  })

  test('a file of another device, or of something else, is left as it is', async () => {
    writeFileSync(at('other.json'), '{"device":"another"}')
    await expect(tuned(at('other.json'))).rejects.toThrow(
      `--out is '${at('other.json')}', which was measured on another, and this is ${device.name}; give a file for each device`,
    )
    for (const text of ['{"a":1}', '[1]', 'null', 'not json']) {
      writeFileSync(at('text.json'), text)
      await expect(tuned(at('text.json'))).rejects.toThrow('which is there and is not what fluxion tune writes')
      expect(readFileSync(at('text.json'), 'utf8')).toBe(text)
    }
    await expect(tuned(folder)).rejects.toThrow(/which cannot be read \(EISDIR\)/)
  })

  test('says which option gives sizes', async () => {
    await expect(tuned(undefined, {} as never)).rejects.toThrow(/dim n has no size.*--size n=256/)
  })
})

describe('--tuned', () => {
  const open = (device: 'auto' | 'cpu' | 'webgpu', tuned: string) => openFor({ device, tuned })

  test('is a file that fluxion tune wrote', async () => {
    await expect(open('auto', at('missing.json'))).rejects.toThrow('which cannot be read (ENOENT)')
    writeFileSync(at('text.json'), '[1]')
    await expect(open('auto', at('text.json'))).rejects.toThrow('which is not what fluxion tune writes')
  })

  test('is of a GPU, and of no other', async () => {
    writeFileSync(at('other.json'), '{"device":"another"}')
    await expect(open('cpu', at('other.json'))).rejects.toThrow(
      '--tuned is of the GPU another, and this computes on the CPU; leave it out',
    )
    const found = await nodeGpu()
    const hardware = found.gpu && (await listAdapters(found.gpu)).some(({ isFallback }) => !isFallback)
    await expect(open('auto', at('other.json'))).rejects.toThrow(
      hardware ? 'which was measured on another, and this is ' : 'this computes on the CPU',
    )
  })

  test('is given to the device', async ({ skip }) => {
    const gpu = await openDevice('webgpu', await nodeGpu()).catch(() => skip('there is no GPU'))
    const tuned: Tuned = { device: gpu.name, products: { '8x8x8': tile! } }
    writeFileSync(at('tuned.json'), JSON.stringify(tuned))
    gpu.dispose()
    const device = await open('webgpu', at('tuned.json'))
    expect(device.tuned).toEqual(tuned)
    device.dispose()
  })
})

test('without a GPU it says so', async ({ skip }) => {
  const { gpu } = computing
  skip(gpu !== undefined && (await listAdapters(gpu)).some(({ isFallback }) => !isFallback), 'there is a GPU')
  await expect(run(['prior', '--size', 'n=16,width=8,blocks=1'])).rejects.toThrow(/^openDevice\('webgpu'\): /)
})
