import { afterAll, describe, expect, test } from 'vitest'
import { f32, grad, program, type Tensor } from '../../dsl/index.ts'
import { compile, type Device, openDevice } from '../../index.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Numbers } from '../../runtime/tensor.ts'
import { modes } from '../compiler/target/wasm/relaxed.ts'
import * as fc from '../fc.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'

// What is ordered by a value that is computed on the way, and not stored, may be computed in several places, in vectors
// here and alone there: it has to be the same number everywhere.

const [rows, columns] = [3, 64] as const
type Matrix = Tensor<[3, 64]>
const devices: (readonly [string, Device])[] = [['the CPU without SIMD', await openCpu({ simd: false })]]
for (const { relaxed } of modes)
  devices.push([relaxed ? 'the CPU with relaxed SIMD' : 'the CPU', await openCpu({ relaxedSimd: relaxed })])
if (!missing(computing, 'computed keys on WebGPU'))
  devices.push(['WebGPU', await openDevice('webgpu', { gpu: computing.gpu! })])
afterAll(() => {
  for (const [, device] of devices) device.dispose()
})

const keys: { readonly [name: string]: (x: Matrix) => Matrix } = {
  exp: (x) => x.exp(),
  sin: (x) => x.sin(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  log1p: (x) => x.square().log1p(),
  pow: (x) => x.abs().pow(1.3),
  erf: (x) => x.erf(),
}

describe.each(Object.entries(keys))('keys by %s', (_, key) => {
  const values = program({ x: f32(rows, columns) }, ({ x }) => key(x))
  // Without the keys among the results, which would store them.
  const ordered = program({ x: f32(rows, columns) }, ({ x }) => {
    const y = key(x)
    return { order: y.argsort(1), sorted: y.sort(1), place: y.argmax(1), greatest: y.topK(1, 1).values }
  })

  test.each(devices)('order all elements, each once, on %s', async (_, device) => {
    const [keysOf, run] = [await compile(values, device), await compile(ordered, device)]
    await fc.assert(
      fc.asyncProperty(
        fc.float32Array({ minLength: rows * columns, maxLength: rows * columns, min: -3, max: 3, noNaN: true }),
        async (x) => {
          const found = run({ x })
          const [y, order, sorted, place, greatest] = (await Promise.all(
            [keysOf({ x }), found.order, found.sorted, found.place, found.greatest].map((one) => one.read()),
          )) as [Numbers, Numbers, Numbers, Numbers, Numbers]
          for (let row = 0; row < rows; row += 1) {
            const part = (all: Numbers) => Array.from(all.subarray(row * columns, (row + 1) * columns))
            const inOrder = part(order)
            expect(inOrder.toSorted((a, b) => a - b)).toEqual(Array.from({ length: columns }, (_, i) => i))
            for (const [i, value] of part(sorted).entries()) expect(value).toBeCloseTo(part(y)[inOrder[i]!]!, 4)
            expect(part(y)[place[row]!]).toBeCloseTo(Math.max(...part(y)), 4)
            expect(greatest[row]).toBe(part(sorted).at(-1))
          }
        },
      ),
      { numRuns: 10 },
    )
    for (const one of [keysOf, run]) one.dispose()
  })
})

const tied = program({ x: f32(16), s: f32() }, ({ x, s }) =>
  grad((s: Tensor<[]>) => x.add(10).minimum(s).exp().maximum(s.exp()).sum())(s),
)
test.each(devices)('ties of a value with itself share the gradient, on %s', async (_, device) => {
  const run = await compile(tied, device)
  for (const s of [0.1, 0.2, 0.3, 0.7, 1.1, 1.3]) {
    const got = await run({ x: new Float32Array(16), s }).item()
    expect(got / Math.exp(s)).toBeCloseTo(16, 4)
  }
  run.dispose()
})
