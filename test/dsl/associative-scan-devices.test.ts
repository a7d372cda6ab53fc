import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  associativeScan,
  f32,
  grad,
  i32,
  program,
  type Tensor,
  traceProgram,
} from '../../dsl/index.ts'
import { compile, type Device, openDevice } from '../../index.ts'
import type { DeviceTensor } from '../../runtime/tensor.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { closeTo, evaluated, numbers } from './run.ts'

// Prefixes as kernels are those of the evaluator, and so are their gradients.

type Maps = { readonly a: Tensor<[17, 2]>; readonly b: Tensor<[17, 2]> }
const composed = ({ a, b }: Maps) =>
  associativeScan((f, g) => ({ a: f.a.mul(g.a), b: f.b.mul(g.a).add(g.b) }), { a, b })
const of = program({ a: f32(17, 2), b: f32(17, 2), m: f32('n', 7, 2, 2), k: i32(6) }, ({ a, b, m, k }) => ({
  maps: composed({ a, b }),
  products: associativeScan((p, q) => p.matmul(q), m, { axis: 1, reverse: true }),
  greatest: associativeScan((i, j) => i.maximum(j), k),
  slopes: grad((maps: Maps) => composed(maps).b.square().sum())({ a, b }),
}))
const inputs = {
  a: Float32Array.from(numbers(34, 1)),
  b: Float32Array.from(numbers(34, 2)),
  m: Float32Array.from(numbers(84, 3)),
  k: Int32Array.of(3, -1, 4, 1, 5, -9),
}

for (const [kind, skipped] of [
  ['cpu', false],
  ['webgpu', missing(computing, 'associative scans on WebGPU')],
] as const)
  describe.skipIf(skipped)(`on ${kind}`, () => {
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
    })
    afterAll(() => device.dispose())

    test('prefixes and their gradients are those of the evaluator', async () => {
      const exact = evaluated(traceProgram(of as unknown as AnyProgram, { n: 3 }), inputs)
      const made = (await compile(of, device, { n: 3 }))(inputs)
      expect(Object.keys(exact)).toEqual(['maps.a', 'maps.b', 'products', 'greatest', 'slopes.a', 'slopes.b'])
      for (const [path, { data }] of Object.entries(exact)) {
        const tensor = path.split('.').reduce<unknown>((at, key) => (at as { [key: string]: unknown })[key], made)
        closeTo([...(await (tensor as DeviceTensor).read())], [...data], 5e-6, path)
      }
    })
  })
