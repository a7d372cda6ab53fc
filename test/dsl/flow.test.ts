import { expect, test } from 'vitest'
import {
  concat,
  f32,
  grad,
  map,
  program,
  type Tensor,
  type Tensors,
  traceProgram,
  valueAndGrad,
  vmap,
  zeros,
} from '../../dsl/index.ts'
import type { Layer, LinearParams } from '../../dsl/nn/index.ts'
import { is } from './is.ts'
import { batched, field, flowMatching, step } from './listing.ts'
import { closeTo, evaluated, numbers, run } from './run.ts'

const n = 5
const params = {
  0: { weight: numbers(24, 1), bias: numbers(8, 2) },
  2: { weight: numbers(64, 3), bias: numbers(8, 4) },
  4: { weight: numbers(16, 5), bias: numbers(2, 6) },
}
const inputs = { params, x1: numbers(n * 2, 7), x0: numbers(n * 2, 8), t: numbers(n, 9).map(Math.abs) }
type Inputs = typeof inputs

/** The loss in plain loops. */
function reference({ params, x1, x0, t }: Inputs): number {
  let total = 0
  for (let i = 0; i < n; i++) {
    let h = [0, 1].map((d) => x0[i * 2 + d]! + t[i]! * (x1[i * 2 + d]! - x0[i * 2 + d]!)).concat(t[i]!)
    for (const [layer, { weight, bias }] of [params[0], params[2], params[4]].entries()) {
      h = bias.map((b, o) => b + h.reduce((sum, x, k) => sum + x * weight[k * bias.length + o]!, 0))
      if (layer < 2) h = h.map((x) => x / (1 + Math.exp(-x)))
    }
    for (const d of [0, 1]) total += (h[d]! - (x1[i * 2 + d]! - x0[i * 2 + d]!)) ** 2
  }
  return total / n
}

test('the loss is that of plain loops', () => {
  closeTo(run(flowMatching, { n }, inputs), reference(inputs), 1e-13)
})

test('mapped over points or batched by hand, it is the same', () => {
  closeTo(run(flowMatching, { n }, inputs), run(batched, { n }, inputs), 1e-14)
})

test('the gradient in every input agrees with central differences', () => {
  const [value, gradient] = run(valueAndGrad(flowMatching), { n }, inputs) as unknown as [number[], Inputs]
  closeTo(value, reference(inputs), 1e-13)
  const step = 1e-5
  const check = (tree: unknown, found: unknown, path: readonly string[]): void => {
    if (!Array.isArray(tree)) {
      for (const [key, part] of Object.entries(tree as object)) {
        check(part, (found as { [k: string]: unknown })[key], [...path, key])
      }
      return
    }
    for (const [i, before] of tree.entries()) {
      tree[i] = before + step
      const above = reference(inputs)
      tree[i] = before - step
      const below = reference(inputs)
      tree[i] = before
      const expected = (above - below) / (2 * step)
      expect((found as number[])[i], `${path.join('.')}[${i}]`).toBeCloseTo(expected, 7)
    }
  }
  check(inputs, gradient, [])
})

test('a gradient in a part is that part of the gradient', () => {
  const whole = run(grad(flowMatching), { n }, inputs) as unknown as Inputs
  closeTo(run(grad(flowMatching, 'params'), { n }, inputs), whole.params, 1e-14)
  closeTo(run(grad(flowMatching, 'params.2.bias'), { n }, inputs), whole.params[2].bias, 1e-14)
  closeTo(run(grad(flowMatching, 'x0'), { n }, inputs), whole.x0, 1e-14)
})

test('a training step moves along its own gradient, and has the state for the next', () => {
  const zeros = JSON.parse(JSON.stringify(params), (_, x) => (typeof x === 'number' ? 0 : x))
  let state: unknown = { params, opt: { m: zeros, v: zeros, count: 0 }, key: [0, 42] }
  const losses: number[] = []
  for (let i = 0; i < 3; i++) {
    const result = run(step, { n }, { state: state as never, x1: inputs.x1 }) as unknown as {
      state: { params: unknown; opt: { count: number[] }; key: number[] }
      loss: number[]
    }
    state = result.state
    losses.push(result.loss[0]!)
    expect(result.state.opt.count).toEqual([i + 1])
  }
  expect(new Set(losses).size).toBe(3)
  // Adam's first steps move every parameter by about the learning rate.
  const moved = (state as { params: typeof params }).params[0].weight.map((w, i) => Math.abs(w - params[0].weight[i]!))
  expect(Math.max(...moved)).toBeLessThan(3.1e-3)
  expect(Math.max(...moved)).toBeGreaterThan(2e-3)
})

test('the graph names inputs, lines and layers', () => {
  const { graph, inputs, outputs } = traceProgram(step, { n })
  expect(graph.name).toBe('step')
  expect(graph.inputs.map((input) => input.name).slice(0, 2)).toEqual(['state.params.0.weight', 'state.params.0.bias'])
  expect(graph.inputs.find((input) => input.name === 'state.key')!.type).toEqual({ shape: [2], dtype: 'u32' })
  expect(graph.inputs.find((input) => input.name === 'x1')!.type).toEqual({ shape: [n, 2], dtype: 'f32' })
  expect(inputs).toMatchObject({
    x1: { path: 'x1', dims: ['n', 2], dtype: 'f32' },
    state: { key: { dims: [], dtype: 'key' } },
  })
  expect(outputs).toMatchObject({ loss: { path: 'loss', dims: [], dtype: 'f32' }, state: { key: { dtype: 'key' } } })
  const dots = graph.equations.filter(({ primitive }) => primitive.name === 'dot')
  expect(dots[0]!.source!.scope).toEqual(['step', 'grad of flowMatching', 'layer 0'])
  expect(dots[0]!.source!.frame()!.file).toMatch(/test\/dsl\/listing\.ts$/)
  expect(graph.equations.every(({ source }) => source?.frame()?.file.endsWith('listing.ts'))).toBe(true)
})

test('types are inferred', () => {
  is<Layer<Tensor<[3]>, Tensor<[2]>, { 0: LinearParams<3, 8>; 2: LinearParams<8, 8>; 4: LinearParams<8, 2> }>>()(field)
  const distances = vmap(
    vmap((x: Tensor<[2]>, y: Tensor<[2]>) => x.sub(y).square().sum(), { inAxes: [null, 0] }),
    { inAxes: [0, null] },
  )
  const inferred = program(
    { params: field.params, x: f32('n', 2), y: f32(7, 2), t: f32('n') },
    ({ params, x, y, t }) => {
      is<Tensors<typeof field.params>>()(params)
      is<Tensor<[]>>()(flowMatching({ params, x1: y, x0: y, t: zeros([7]) }))
      is<Tensor<['n', 2]>>()(grad(flowMatching, 'x0')({ params, x1: x, x0: x, t }))
      is<Tensor<[8]>>()(grad(flowMatching, 'params.0.bias')({ params, x1: x, x0: x, t }))
      is<Tensor<['n', 7]>>()(distances(x, y))
      is<Tensor<['n', 2]>>()(vmap(grad((x: Tensor<[2]>) => x.square().sum()))(x))
      is<Tensor<['n', 2]>>()(
        vmap((x: Tensor<[2]>, t: Tensor<[]>) => field.apply(params, concat([x, t.expand(0)])))(x, t),
      )
      is<Tensor<['n', 2]>>()(map((x, t) => field.apply(params, concat([x, t.expand(0)])), x, t))
      is<Tensor<['n+1']>>()(concat([t, zeros([1])]))
      is<Tensor<['n', 1]>>()(x.max(-1, { keepdims: true }))
      is<2>()(x.size(1))
      is<number>()(x.size(0))
      return { rows: concat([x, y]), loss: x.sum() }
    },
  )
  const traced = traceProgram(inferred, { n: 4 })
  expect(traced.outputs).toEqual({
    rows: { path: 'rows', dims: ['n+7', 2], dtype: 'f32' },
    loss: { path: 'loss', dims: [], dtype: 'f32' },
  })
  evaluated(traced, { params, x: numbers(8), y: numbers(14), t: numbers(4) })
})
