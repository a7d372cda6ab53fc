import { beforeAll, describe, expect, test } from 'vitest'
import { step } from '../../bench/programs/matching.ts'
import { workOf } from '../../compiler/kernel/work.ts'
import { outline } from '../../compiler/plan/outline.ts'
import { keyWords } from '../../dsl/index.ts'
import { compile, f32, program } from '../../index.ts'
import {
  type Bound,
  type Device,
  type DeviceTensor,
  type Executable,
  loadExecutable,
  openDevice,
  seedWords,
} from '../../runtime/index.ts'
import * as fc from '../fc.ts'
import { plan } from './step.ts'
import { computing, missing } from './webgpu/gpus.ts'

// What the compiler made is written out as JSON and bytes, read again, and run by the entry `fluxion/runtime` alone.

const n = 32
const batch = Float32Array.from({ length: n * 2 }, (_, i) => Math.sin(3 * i))

let device: Device
/** What the device was given to load: the step, and what makes its first state. */
const made: Executable[] = []
/** The losses of three steps from seed 5. */
const losses: number[] = []
beforeAll(async () => {
  device = await openDevice('cpu')
  const run = await compile(step, watched(device, made), { n })
  let state = await run.init({ seed: 5 })
  for (let i = 0; i < 3; i++) {
    const result = run({ state, x1: batch })
    losses.push(await result.loss.item())
    state = result.state
  }
})

/** A device that notes what it is given to load. */
const watched = (device: Device, seen: Executable[]): Device => ({
  ...device,
  load(executable) {
    seen.push(executable)
    return device.load(executable)
  },
})

interface Saved {
  readonly json: string
  readonly bytes: Uint8Array
}

function save({ plan, code }: Executable): Saved {
  if (code.target !== 'wasm') return { json: JSON.stringify({ plan, code }), bytes: new Uint8Array() }
  const { module, ...rest } = code
  return { json: JSON.stringify({ plan, code: rest }), bytes: module.slice() }
}
function read({ json, bytes }: Saved): Executable {
  const { plan, code } = JSON.parse(json) as Executable
  return { plan, code: code.target === 'wasm' ? { ...code, module: bytes } : code }
}

test('an executable that was saved runs as the one that was compiled', async () => {
  const [saved, savedInit] = made.map(save)
  const run = await loadExecutable(read(saved!), device)
  const init = await loadExecutable(read(savedInit!), device)
  let state = init.call({ key: seedWords(5) })
  const found: number[] = []
  for (let i = 0; i < 3; i++) {
    const result = run.call({ state, x1: batch }) as { readonly state: unknown; readonly loss: DeviceTensor }
    found.push(await result.loss.item())
    state = result.state
  }
  expect(found).toEqual(losses)
  expect(new Set(found).size).toBe(3)
})

test.skipIf(missing(computing, 'a saved executable on a GPU'))('on a GPU, too', async () => {
  const gpu = await openDevice('webgpu', computing)
  const seen: Executable[] = []
  const affine = program({ x: f32('n') }, ({ x }) => x.mul(3).add(1))
  await compile(affine, watched(gpu, seen), { n: 5 })
  const run = await loadExecutable(read(save(seen[0]!)), gpu)
  const result = run.call({ x: Float32Array.of(0, 1, 2, 3, 4) }) as DeviceTensor
  expect([...(await result.read())]).toEqual([1, 4, 7, 10, 13])
  gpu.dispose()
})

test('it says what is wrong with inputs as the compiled one does', async () => {
  const run: Bound = await loadExecutable(read(save(made[0]!)), device)
  expect(() => run.call({ x1: batch })).toThrow('step needs the input state: a record of params, opt, key')
})

test('what is saved holds no kernel, and is small', () => {
  const { json } = save(made[0]!)
  expect(json).not.toContain('"body"')
  expect(json.length).toBeLessThan(30_000)
})

test('an outline keeps the name of each kernel, the extents of its grids and the work at a point', () => {
  expect(outline(plan).kernels).toEqual([
    { name: 'weights', nests: [{ grid: [{ extent: 4 }], work: workOf(plan.kernels[0]!.nests[0]!) }] },
    {
      name: 'words',
      nests: plan.kernels[1]!.nests.map((nest) => ({
        grid: nest.grid.map(({ extent }) => ({ extent })),
        work: workOf(nest),
      })),
    },
  ])
})

describe('loading says what is wrong', () => {
  test('the target', async () => {
    const gpu = { ...device, name: 'WebGPU (a GPU)', target: 'wgsl' } as const
    await expect(loadExecutable(made[0]!, gpu)).rejects.toThrow(
      "loadExecutable: step was compiled for wasm, and WebGPU (a GPU) runs wgsl; compile it for that, or open openDevice('cpu')",
    )
  })

  test('a device that is not open yet', async () => {
    await expect(loadExecutable(made[0]!, openDevice('cpu') as never)).rejects.toThrow(
      'loadExecutable: the device for step is a promise; await it: loadExecutable(executable, await openDevice())',
    )
  })
})

test('a seed makes the key that the language makes of it', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (seed) => {
      expect([...seedWords(seed)]).toEqual([...keyWords(seed)])
    }),
  )
  for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => seedWords(seed)).toThrow(`init: the seed is ${seed}`)
})
