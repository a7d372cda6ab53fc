import { expect, test } from 'vitest'
import {
  type AnyProgram,
  f32,
  grad,
  i32,
  initialised,
  key,
  program,
  split,
  type Tensor,
  type Tensors,
  traceProgram,
} from '../../../dsl/index.ts'
import {
  bce,
  cosineLoss,
  crossEntropy,
  dropout,
  elu,
  embedding,
  gelu,
  huber,
  initialisers,
  klGaussians,
  layerNorm,
  linear,
  mish,
  mlp,
  rmsNorm,
  selu,
  sequential,
  swiglu,
} from '../../../dsl/nn/index.ts'
import { compile, openDevice } from '../../../index.ts'
import { flattened, readAll } from '../results.ts'
import { closeTo, evaluated, type Numbers, numbers } from '../run.ts'

// Programs compiled for the CPU, against the float64 evaluator.

const n = 6
const net = sequential(
  embedding(7, 8),
  layerNorm(8),
  linear(8, 12, { initialiser: initialisers.glorotUniform() }),
  swiglu,
  dropout(0.25),
  mlp([6, 8, 6], gelu),
  rmsNorm(6),
  linear(6, 5, { bias: false, initialiser: initialisers.heNormal() }),
)

test('a step of gradient descent on labels, with dropout', async () => {
  const step = program(
    { state: { params: net.params, key: key() }, ids: i32('n', 3), labels: i32('n', 3) },
    ({ state, ids, labels }) => {
      const [next, drawn] = split(state.key, 2)
      const loss = (params: Tensors<typeof net.params>) =>
        crossEntropy(net.apply(params, ids, drawn), labels, { labelSmoothing: 0.1 })
      const after = {
        evaluation: crossEntropy(net.apply(state.params, ids), labels, { reduction: 'none' }),
        training: loss(state.params),
        gradient: grad(loss)(state.params),
      }
      return { state: { params: state.params, key: next }, ...after }
    },
  )
  const traced = traceProgram(step as unknown as AnyProgram, { n })
  const device = await openDevice('cpu')
  const run = await compile(step, device, { n })
  const state = await run.init({ seed: 3 })
  const ids = Int32Array.from(numbers(3 * n, 1), (e) => Math.floor(4 * (e + 1)))
  const labels = Int32Array.from(numbers(3 * n, 2), (e) => Math.floor(3 * (e + 1)) - 1)
  const before = await readAll(state)
  const exact = evaluated(traced, { state: before, ids, labels } as unknown as Numbers)
  const found = flattened(await readAll(run({ state, ids, labels })))
  expect(Object.keys(found)).toEqual(Object.keys(exact))
  for (const [path, { data }] of Object.entries(exact)) closeTo(found[path], [...data], 2e-5, path)
  expect(exact.training!.data[0]).not.toBeCloseTo(exact.evaluation!.data.reduce((a, b) => a + b, 0) / (3 * n), 3)
  device.dispose()
})

test('losses and their gradients far from 0', async () => {
  type Rows = Tensor<['n', 4]>
  const far = program({ x: f32('n', 4), y: f32('n', 4) }, ({ x, y }) => {
    const target = y.sigmoid()
    const losses: Record<string, (x: Rows) => Tensor<[]>> = {
      bce: (x) => bce(x, target),
      huber: (x) => huber(x, y),
      cosine: (x) => cosineLoss(x, y),
      divergence: (x) => klGaussians(x.mul(1e-3), y.mul(1e-3)),
      labels: (x) => crossEntropy(x, y.argmax(1)),
      activations: (x) => sequential(selu, mish, elu()).apply({}, x).mean(),
    }
    return Object.fromEntries(
      Object.entries(losses).map(([name, loss]) => [name, { value: loss(x), gradient: grad(loss)(x) }]),
    )
  })
  const traced = traceProgram(far as unknown as AnyProgram, { n })
  const device = await openDevice('cpu')
  const run = await compile(far, device, { n })
  const [x, y] = [
    Float32Array.from(numbers(4 * n, 1), (e) => 1e4 * e),
    Float32Array.from(numbers(4 * n, 2), (e) => 1e3 * e),
  ]
  const exact = evaluated(traced, { x, y } as unknown as Numbers)
  const found = flattened(await readAll(run({ x, y })))
  for (const [path, { data }] of Object.entries(exact)) closeTo(found[path], [...data], 2e-5, path)
  device.dispose()
})

test('orthogonal weights are so in single precision', async () => {
  const size = 24
  const weights = program({ state: { w: initialised(f32(size, size), initialisers.orthogonal()) } }, ({ state }) => ({
    state,
  }))
  const device = await openDevice('cpu')
  const w = await (await (await compile(weights, device)).init({ seed: 1 })).w.read()
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      let dot = 0
      for (let k = 0; k < size; k++) dot += w[k * size + i]! * w[k * size + j]!
      expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-6)
    }
  device.dispose()
})
