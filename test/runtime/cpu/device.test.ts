import { describe, expect, test } from 'vitest'
import type { Executable, Plan, Region } from '../../../compiler/plan/plan.ts'
import { printWasm } from '../../../compiler/target/wasm/print.ts'
import { openCpu } from '../../../runtime/cpu/device.ts'
import { hasRelaxedSimd, hasSimd } from '../../../runtime/cpu/features.ts'
import type { Kept } from '../../../runtime/device.ts'
import { assembled } from '../../compiler/target/wasm/module.ts'
import * as fc from '../../fc.ts'
import { executable, plan } from '../step.ts'

const withRegions = (regions: readonly Region[]): Executable => {
  const bare: Plan = {
    ...plan,
    name: 'big',
    regions,
    kernels: [],
    dispatches: [],
    inputs: { record: {} },
    outputs: { record: {} },
  }
  return { plan: bare, code: printWasm(bare) }
}

const region = (size: number, element: 'f32' | 'u32' = 'f32'): Region => ({ name: 'r', kind: 'input', element, size })

describe('memory', () => {
  test('what is written in one place is read there, and nowhere else', async () => {
    const device = await openCpu()
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(sizes, async (sizes) => {
        const loaded = await device.load(withRegions(sizes.map((size) => region(size))))
        for (const [i, size] of sizes.entries())
          loaded.write({ region: i, offset: 0 }, new Float32Array(size).fill(i + 1))
        loaded.write({ region: 0, offset: sizes[0]! - 1 }, Float32Array.of(-1))
        for (const [i, size] of sizes.entries()) {
          const wanted = new Float32Array(size).fill(i + 1)
          if (i === 0) wanted[size - 1] = -1
          expect(await loaded.read({ region: i, offset: 0 }, size)).toEqual(wanted)
        }
        loaded.dispose()
      }),
    )
  })

  test('a copy is independent of what is written later, and of the executable', async () => {
    const device = await openCpu()
    const [a, b] = [await device.load(withRegions([region(4)])), await device.load(withRegions([region(8)]))]
    const place = { region: 0, offset: 0 }
    a.write(place, Float32Array.of(1, 2, 3, 4))
    const kept = a.keep(place, 3)
    const reading = a.read(place, 4)
    a.write(place, Float32Array.of(9, 9, 9, 9))
    expect(await reading).toEqual(Float32Array.of(1, 2, 3, 4))
    a.dispose()
    b.restore(kept, { region: 0, offset: 4 })
    expect(await b.read(place, 8)).toEqual(Float32Array.of(0, 0, 0, 0, 1, 2, 3, 0))
    expect(kept.length).toBe(3)
    kept.dispose()
    expect(() => b.restore(kept, place)).toThrow('this copy has been disposed')
  })

  test('more than WebAssembly can address is refused, with both figures', async () => {
    const device = await openCpu()
    await expect(device.load(withRegions([region(2 ** 29), region(2 ** 29), region(2 ** 28)]))).rejects.toThrow(
      'big needs 5.37 GB of memory, and WebAssembly has at most 4.29 GB; try smaller sizes, such as a smaller batch; or the work split into several calls; or WebGPU',
    )
  })

  test('a range beyond its region is an error', async () => {
    const loaded = await (await openCpu()).load(withRegions([region(4), region(4)]))
    expect(() => loaded.write({ region: 0, offset: 2 }, new Float32Array(3))).toThrow(
      'big: elements 2 to 5 are beyond region 0 of 4',
    )
    await expect(loaded.read({ region: 1, offset: 0 }, 5)).rejects.toThrow('elements 0 to 5 are beyond region 1 of 4')
  })
})

test('code for another target is refused', async () => {
  const wgsl: Executable = { plan, code: { target: 'wgsl', shaders: [], dispatches: [] } }
  await expect((await openCpu()).load(wgsl)).rejects.toThrow(
    'step was compiled for wgsl; the CPU runs what is compiled for wasm',
  )
})

test('a copy of another device is refused', async () => {
  const loaded = await (await openCpu()).load(withRegions([region(4)]))
  const foreign: Kept = { length: 1, collected: true, read: async () => new Float32Array(1), dispose() {} }
  expect(() => loaded.restore(foreign, { region: 0, offset: 0 })).toThrow(
    'what another device kept cannot be restored on the CPU',
  )
})

test('a disposed device takes its executables along', async () => {
  const device = await openCpu()
  const loaded = await device.load(executable)
  device[Symbol.dispose]()
  device.dispose()
  expect((await device.lost).message).toBe('the CPU device was disposed of')
  expect(() => loaded.run()).toThrow('step has been disposed')
  await expect(device.load(executable)).rejects.toThrow('the device that step is to be loaded on has been disposed')
})

test('an executable saved as bytes of another buffer runs', async () => {
  const { code } = executable
  if (code.target !== 'wasm') throw new Error('the step is compiled for wasm')
  const saved = { plan: JSON.parse(JSON.stringify(plan)) as Plan, code: { ...code, module: Buffer.from(code.module) } }
  const loaded = await (await openCpu()).load(saved)
  loaded.write({ region: 0, offset: 0 }, Float32Array.of(1, 2, 3, 4))
  loaded.write({ region: 2, offset: 0 }, Float32Array.of(1, 1, 1, 1, 2))
  loaded.run()
  expect(await loaded.read({ region: 0, offset: 0 }, 4)).toEqual(Float32Array.of(3, 4, 5, 6))
})

test('what the engine is said to have, it runs', () => {
  expect(hasSimd()).toBe(true)
  // Whether relaxed instructions are there depends on the engine; printing them must fail exactly where they are not.
  const vector = {
    kind: 'load',
    dtype: 'f32',
    lanes: 4,
    slot: 0,
    index: { kind: 'constant', dtype: 'i32', lanes: 1, value: 0 },
  } as const
  const value = { kind: 'apply', op: 'fma', dtype: 'f32', lanes: 4, args: [vector, vector, vector] } as const
  const print = () =>
    assembled(
      [
        {
          name: 'fma',
          slots: [{ name: 'x', dtype: 'f32', size: 4, access: 'update' }],
          functions: [],
          nests: [{ name: 'fma', grid: [], body: [{ kind: 'store', slot: 0, index: vector.index, value }] }],
        },
      ],
      { relaxed: true },
    )
  if (hasRelaxedSimd())
    expect(print()(0, 0, 0, 1, [Float32Array.of(1, 2, 3, 4)])).toEqual([Float32Array.of(2, 6, 12, 20)])
  else expect(print).toThrow(WebAssembly.CompileError)
})
