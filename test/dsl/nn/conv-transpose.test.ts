import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  convTranspose1d as convTranspose1dOf,
  convTranspose2d as convTranspose2dOf,
  f32,
  grad,
  keyOf,
  program,
  type Tensor,
  type Tensors,
  traceProgram,
} from '../../../dsl/index.ts'
import {
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  globalAveragePool,
  initialisers,
  linear,
  mse,
  relu,
  sequential,
} from '../../../dsl/nn/index.ts'
import { compile, type Device, openDevice } from '../../../index.ts'
import type { DeviceTensor } from '../../../runtime/tensor.ts'
import * as fc from '../../fc.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'
import { is } from '../is.ts'
import { closeTo, evaluated, type Numbers, numbers, runBody, tracing } from '../run.ts'

type Wide = Tensor<number[]>

test('the layers are their functions, plus a bias for each channel', () => {
  const options = fc.record({
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom('valid', 'same', 1),
    groups: fc.constantFrom(1, 2),
  })
  fc.assert(
    fc.property(options, fc.boolean(), fc.constantFrom(1, 2), (given, bias, rank) => {
      const settings = { ...given, outputPadding: given.padding === 'same' ? 0 : given.stride - 1 } as never
      const layer = (rank === 1
        ? convTranspose1d(4, 2, 3, { ...(settings as object), bias })
        : convTranspose2d(4, 2, [3, 2], { ...(settings as object), bias })) as unknown as {
        readonly params: { readonly weight: { readonly shape: number[] } }
        readonly apply: (params: unknown, x: unknown) => Wide
      }
      const x = f32(...[2, 3, 4, 4].slice(2 - rank))
      const { shape } = layer.params.weight
      expect(shape).toEqual([...(rank === 1 ? [3] : [3, 2]), 2 / given.groups, 4])
      const from = x.shape.reduce<number>((product, n) => product * Number(n), 1)
      const size = shape.reduce((product, n) => product * n, 1)
      const inputs = { x: numbers(from, 1), params: { weight: numbers(size, 2), ...(bias ? { bias: [0.5, -2] } : {}) } }
      const found = runBody(
        { params: layer.params, x } as never,
        (({ params, x }: { params: { weight: Wide; bias?: Wide }; x: Wide }) => {
          const { weight } = params
          const made = (
            rank === 1 ? convTranspose1dOf(x, weight, settings) : convTranspose2dOf(x, weight, settings)
          ) as Wide
          return [layer.apply(params, x), params.bias ? made.add(params.bias) : made]
        }) as never,
        inputs as never,
      ) as number[][]
      expect(found[0]!.length).toBeGreaterThan(0)
      closeTo(found[0], found[1], 1e-13)
    }),
    { numRuns: 40 },
  )
})

test('have the parameters that their types say, and start within 1 / sqrt(fan in), as in PyTorch', () => {
  const plain = convTranspose2d(6, 4, [3, 2], { groups: 2 })
  type Params = Tensors<typeof plain.params>
  is<(p: Params) => { weight: Tensor<[3, 2, 2, 6]>; bias: Tensor<[4]> }>()((p: Params) => p)
  expect([plain.params.weight.shape, plain.params.bias.shape]).toEqual([[3, 2, 2, 6], [4]])
  const bare = convTranspose1d(3, 5, 4, { bias: false, initialiser: initialisers.ones })
  type Bare = Tensors<typeof bare.params>
  is<(p: Bare) => { weight: Tensor<[4, 5, 3]> }>()((p: Bare) => p)
  expect(Object.keys(bare.params)).toEqual(['weight'])
  const { weight, bias, ones } = runBody(
    { seed: f32() },
    ({ seed }) => {
      const draw = (of: { initialiser: unknown; shape: readonly number[] }) =>
        (of.initialiser as (key: unknown, shape: readonly number[]) => Wide)(keyOf(3), of.shape).add(seed)
      return {
        weight: draw(plain.params.weight as never),
        bias: draw(plain.params.bias as never),
        ones: draw(bare.params.weight as never),
      }
    },
    { seed: 0 },
  ) as { weight: number[]; bias: number[]; ones: number[] }
  // The fan in of PyTorch counts what stands in the place of the channels in: those that go out of a group.
  const bound = 1 / Math.sqrt(3 * 2 * 2)
  const most = Math.max(...weight.map(Math.abs))
  expect(most).toBeLessThanOrEqual(bound)
  expect(most).toBeGreaterThan(0.8 * bound)
  expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(bound)
  expect(new Set(ones)).toEqual(new Set([1]))
})

test('have types: an autoencoder gives images of the size that it takes', () => {
  const down = { stride: 2, padding: 1 } as const
  const net = sequential(
    conv2d(3, 8, 4, down),
    relu,
    conv2d(8, 16, 3, down),
    convTranspose2d(16, 8, 3, { ...down, outputPadding: 1 }),
    relu,
    convTranspose2d(8, 3, 4, down),
  )
  const signal = sequential(conv1d(2, 4, 3, { padding: 'same' }), convTranspose1d(4, 1, 5, { padding: 2 }))
  const pooled = sequential(convTranspose2d(3, 4, 2, { padding: 'same', stride: 3 }), globalAveragePool, linear(4, 5))
  const outputs = tracing(
    {
      x: f32('n', 16, 12, 3),
      y: f32('h', 'w', 3),
      z: f32('n', 'l', 2),
      net: net.params,
      signal: signal.params,
      pooled: pooled.params,
    },
    ({ x, y, z, ...params }) => ({
      net: is<Tensor<['n', 16, 12, 3]>>()(net.apply(params.net, x)),
      signal: is<Tensor<['n', 'l', 1]>>()(signal.apply(params.signal, z)),
      pooled: is<Tensor<[5]>>()(pooled.apply(params.pooled, y)),
    }),
    { n: 2, h: 3, w: 5, l: 6 },
  ).outputs as unknown as { [name: string]: { dims: unknown } }
  expect(Object.values(outputs).map(({ dims }) => dims)).toEqual([['n', 16, 12, 3], ['n', 'l', 1], [5]])
})

// A step of an autoencoder, and what the options of its layers make of the same image, as kernels and in float64.
const net = sequential(
  conv2d(2, 4, 3, { stride: 2, padding: 1 }),
  relu,
  convTranspose2d(4, 4, 3, { stride: 2, padding: 1, outputPadding: [0, 1], groups: 2 }),
  relu,
  convTranspose2d(4, 2, [2, 3], { dilation: [2, 1], padding: 1 }),
)
const signal = convTranspose1d(2, 3, 3, { stride: 3, padding: 'same', bias: false })
const of = program(
  { params: net.params, signal: signal.params, x: f32('n', 5, 6, 2) },
  ({ params, signal: weights, x }) => {
    const rows = (x: Tensor<['n', 5, 6, 2]>) => signal.apply(weights, x)
    const loss = (params: Tensors<typeof net.params>, x: Tensor<['n', 5, 6, 2]>) => mse(net.apply(params, x), x)
    return {
      made: net.apply(params, x),
      rows: rows(x),
      gradients: [
        grad(loss)(params, x),
        grad((x: Tensor<['n', 5, 6, 2]>) => loss(params, x).add(rows(x).square().sum()))(x),
      ],
    }
  },
)
const n = 3
const inputs = {
  params: Object.fromEntries(
    Object.entries(net.params).map(([name, part], i) => [
      name,
      Object.fromEntries(
        Object.entries(part as { [name: string]: { shape: readonly number[] } }).map(([key, { shape }]) => [
          key,
          Float32Array.from(
            numbers(
              shape.reduce((a, b) => a * b, 1),
              7 * i + key.length,
            ),
          ),
        ]),
      ),
    ]),
  ),
  signal: { weight: Float32Array.from(numbers(18, 5)) },
  x: Float32Array.from(numbers(n * 60, 6)),
}
for (const [kind, skipped] of [
  ['cpu', false],
  ['webgpu', missing(computing, 'transposed convolutions on WebGPU')],
] as const)
  describe.skipIf(skipped)(`on ${kind}`, () => {
    let device: Device
    beforeAll(async () => {
      device = await openDevice(kind, computing.gpu ? { gpu: computing.gpu } : {})
    })
    afterAll(() => device.dispose())

    test('layers and their gradients are those of the evaluator', async () => {
      const exact = evaluated(traceProgram(of as unknown as AnyProgram, { n }), inputs as unknown as Numbers)
      const run = await compile(of, device, { n })
      const made = run(inputs as never)
      for (const [path, { data }] of Object.entries(exact)) {
        const tensor = path.split('.').reduce<unknown>((at, key) => (at as { [key: string]: unknown })[key], made)
        expect(Math.max(...data.map(Math.abs)), path).toBeGreaterThan(0)
        closeTo([...(await (tensor as DeviceTensor).read())], [...data], 5e-6, path)
      }
    })

    // With a stride the products of each residue are one product, whose elements are then put in order.
    test.each([
      [1, /\n1 kernel, .*temporaries 0 B/s],
      [2, /\n2 kernels, .*temporaries 15.6 kB/s],
    ])('of stride %i nothing is stored for each tap', async (stride, says) => {
      const one = program({ x: f32(2, 8, 8, 4), w: f32(4, 4, 6, 4) }, ({ x, w }) => convTranspose2dOf(x, w, { stride }))
      expect(await (await compile(one, device)).explain()).toMatch(says)
    })
  })
