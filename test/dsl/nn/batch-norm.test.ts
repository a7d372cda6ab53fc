import { expect, test } from 'vitest'
import { sizeOf } from '../../../compiler/ir/graph.ts'
import { f32, grad, jvp, program, type Tensor, traceInit } from '../../../dsl/index.ts'
import { batchNorm } from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { agreesWithDifferences } from '../differences.ts'
import { is } from '../is.ts'
import { closeTo, evaluated, numbers, runBody, tracing } from '../run.ts'

const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const norm = batchNorm(2, { eps: 0.01, decay: 0.7 })
const params = { weight: [1.5, -0.5], bias: [0.2, 0.4] }
const state = { mean: [0.1, -0.3], variance: [0.8, 2] }

/** The mean and the mean square distance from it, of each channel. */
const moments = (x: readonly number[]) =>
  [0, 1].map((c) => {
    const channel = x.filter((_, i) => i % 2 === c)
    const mean = sum(channel) / channel.length
    return { mean, variance: sum(channel.map((e) => (e - mean) ** 2)) / channel.length, count: channel.length }
  })
const scaled = (x: readonly number[], by: readonly { readonly mean: number; readonly variance: number }[]) =>
  x.map((e, i) => {
    const { mean, variance } = by[i % 2]!
    return ((e - mean) / Math.sqrt(variance + 0.01)) * params.weight[i % 2]! + params.bias[i % 2]!
  })

test('normalises each channel over all other axes, and remembers the moments of the batch', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), fc.nat(99), (lead, seed) => {
      const x = numbers(2 * sizeOf(lead), seed).map((e) => 3 * e + 1)
      const specs = { params: norm.params, state: norm.state, x: f32(...lead, 2) }
      const found = runBody(
        specs,
        ({ params, state, x }) => ({
          ...norm.train(params, state, x as never),
          used: norm.apply(params, state, x as never),
        }),
        { params, state, x },
      ) as { y: number[]; state: typeof state; used: number[] }
      const batch = moments(x)
      closeTo(found.y, scaled(x, batch), 1e-12)
      closeTo(
        found.state.mean,
        batch.map(({ mean }, c) => 0.7 * state.mean[c]! + 0.3 * mean),
        1e-12,
      )
      const unbiased = batch.map(({ variance, count }) => (count > 1 ? (variance * count) / (count - 1) : 0))
      closeTo(
        found.state.variance,
        unbiased.map((variance, c) => 0.7 * state.variance[c]! + 0.3 * variance),
        1e-12,
      )
      closeTo(
        found.used,
        scaled(
          x,
          [0, 1].map((c) => ({ mean: state.mean[c]!, variance: state.variance[c]! })),
        ),
        1e-12,
      )
    }),
    { numRuns: 20 },
  )
})

test('has the gradients of finite differences, and none flow into the state', () => {
  for (const way of ['train', 'apply'] as const) {
    const of = (all: Tensor<number[]>) => {
      const at = (from: number, to: number) => all.slice([[from, to]])
      const y = (norm[way] as (...given: unknown[]) => unknown)(
        { weight: at(0, 2), bias: at(2, 4) },
        { mean: at(8, 10), variance: at(10, 12).square().add(1) },
        all
          .slice([[0, 8]])
          .sin()
          .reshape([4, 2]),
      )
      return (way === 'train' ? (y as { y: Tensor<[4, 2]> }).y : y) as Tensor<[4, 2]>
    }
    agreesWithDifferences(of, [12], numbers(12, 4))
  }
  const specs = { params: norm.params, memory: norm.state, x: f32(3, 2) }
  const body = ({ params, memory, x }: { params: never; memory: never; x: Tensor<[3, 2]> }) => {
    const remembered = (x: Tensor<[3, 2]>) => {
      const after = norm.train(params, memory, x).state
      return after.mean.add(after.variance).sum()
    }
    return [grad(remembered)(x), jvp(remembered, [x], [x])[1]]
  }
  expect(runBody(specs, body as never, { params, memory: state, x: numbers(6) })).toEqual([[0, 0, 0, 0, 0, 0], [0]])
})

test('starts as the identity, but for eps, and says what its shapes are', () => {
  const plain = batchNorm(3)
  const of = program({ params: plain.params, state: plain.state }, ({ state }) => ({ state }))
  const init = evaluated(traceInit(of), { key: [0, 1] })
  expect(Object.fromEntries(Object.entries(init).map(([path, { data }]) => [path, [...data]]))).toEqual({
    'params.weight': [1, 1, 1],
    'params.bias': [0, 0, 0],
    'state.mean': [0, 0, 0],
    'state.variance': [1, 1, 1],
  })
  const specs = { params: plain.params, memory: plain.state, x: f32('n', 4, 3), wrong: f32('n', 2) }
  const body = ({ params, memory, x }: { params: never; memory: never; x: Tensor<['n', 4, 3]> }) => {
    is<Tensor<['n', 4, 3]>>()(plain.apply(params, memory, x))
    return is<Tensor<['n', 4, 3]>>()(plain.train(params, memory, x).y)
  }
  expect(tracing(specs, body as never, { n: 2 }).outputs).toMatchObject({ dims: ['n', 4, 3] })
  expect(() =>
    // @ts-expect-error "shape error: the layer takes [3] and is given [n, 2]"
    tracing(specs, ({ params, memory, wrong }) => plain.apply(params, memory, wrong), { n: 2 }),
  ).toThrow('shape error: the layer takes [3] and is given [n, 2]')
  expect(() =>
    // @ts-expect-error "type error: state.mean is missing"
    tracing(specs, ({ params, x }) => plain.apply(params, {}, x), { n: 2 }),
  ).toThrow('type error: state.mean is missing')
})
