import { describe, expect, test } from 'vitest'
import {
  f32,
  grad,
  i32,
  initialised,
  key,
  normal,
  ones,
  program,
  type Tensor,
  traceInit,
  traceProgram,
  zeros,
} from '../../dsl/index.ts'
import { type LinearParams, layer, linear, sequential, silu } from '../../dsl/nn/index.ts'
import { adam } from '../../dsl/optim/index.ts'
import { is } from './is.ts'
import { step } from './listing.ts'
import { closeTo, evaluated, numbers, run, runBody, tracing } from './run.ts'

describe('layers', () => {
  test('linear is x W + b over the last axis, whatever stands before it', () => {
    const net = linear(3, 2)
    const params = { weight: numbers(6, 1), bias: numbers(2, 2) }
    for (const lead of [[], [4], [2, 2]]) {
      const rows = lead.reduce((a, b) => a * b, 1)
      const x = numbers(rows * 3, 3)
      const expected = Array.from({ length: rows * 2 }, (_, i) => {
        const [row, o] = [Math.floor(i / 2), i % 2]
        return params.bias[o]! + [0, 1, 2].reduce((sum, k) => sum + x[row * 3 + k]! * params.weight[k * 2 + o]!, 0)
      })
      const specs = { params: net.params, x: f32(...lead, 3) }
      closeTo(
        runBody(specs, ({ params, x }) => net.apply(params as never, x as never), { params, x }),
        expected,
        1e-14,
      )
    }
  })

  test('sequential nests, and names leading dims', () => {
    const inner = sequential(linear(3, 4), silu)
    const net = sequential(inner, sequential(linear(4, 2)), silu)
    is<{ 0: { 0: LinearParams<3, 4> }; 1: { 0: LinearParams<4, 2> } }>()(net.params)
    expect(Object.keys(net.params)).toEqual(['0', '1'])
    const specs = { params: net.params, x: f32('n', 5, 3) }
    const traced = tracing(specs, ({ params, x }) => is<Tensor<['n', 5, 2]>>()(net.apply(params, x)), { n: 2 })
    expect(traced.outputs).toMatchObject({ dims: ['n', 5, 2] })
    expect(traced.graph.equations.find(({ primitive }) => primitive.name === 'dot')!.source!.scope.slice(1)).toEqual([
      'layer 0',
      'layer 0',
    ])
  })

  test("a layer of one's own takes part", () => {
    const scale = layer({ by: f32(4) }, ({ by }, x: Tensor<[4]>) => x.mul(by))
    const net = sequential(linear(3, 4), scale, linear(4, 1))
    const params = {
      0: { weight: numbers(12, 1), bias: numbers(4, 2) },
      1: { by: [1, 2, 3, 4] },
      2: { weight: numbers(4, 3), bias: [0] },
    }
    const hidden = (x: number[]) =>
      [0, 1, 2, 3].map((o) => params[0].bias[o]! + x.reduce((sum, e, k) => sum + e * params[0].weight[k * 4 + o]!, 0))
    const x = [1, -1, 0.5]
    const expected = hidden(x).reduce((sum, h, o) => sum + h * (o + 1) * params[2].weight[o]!, 0)
    const specs = { params: net.params, x: f32(3) }
    closeTo(
      runBody(specs, ({ params, x }) => is<Tensor<[1]>>()(net.apply(params, x)), { params, x }),
      [expected],
      1e-14,
    )
  })

  test('layers are checked where they are put together, past those that say nothing of shapes', () => {
    const put = sequential as (...layers: unknown[]) => unknown
    expect(() => put(linear(3, 4), silu, silu, linear(5, 2))).toThrow('shape error: layer 3 takes [5] and is given [4]')
    expect(() => put(sequential(linear(3, 4), silu), linear(3, 4))).toThrow(
      'shape error: layer 1 takes [3] and is given [4]',
    )
    expect(() =>
      put(
        layer({}, (_, x: Tensor<[3]>) => x),
        linear(5, 2),
      ),
    ).not.toThrow()
  })
})

describe('adam', () => {
  const options = { learningRate: 0.05, b1: 0.8, b2: 0.95, eps: 1e-6 }
  const optimiser = adam(options)
  const params = { w: f32(3), deep: { b: f32(2) } }
  const descend = program({ state: { params, opt: optimiser.state(params) }, target: f32(3) }, ({ state, target }) => {
    const loss = (p: typeof state.params) => p.w.sub(target).square().sum().add(p.deep.b.exp().sum())
    return { state: optimiser.update(grad(loss)(state.params), state.opt, state.params) }
  })

  test('has the steps of algorithm 1', () => {
    const target = [1, -2, 3]
    let w = [0.5, 0.1, -0.3, 0.2, -0.7]
    let [m, v] = [w.map(() => 0), w.map(() => 0)]
    let state: unknown = { params: { w: w.slice(0, 3), deep: { b: w.slice(3) } }, opt: zeroState() }
    for (let t = 1; t <= 6; t++) {
      const g = w.map((e, i) => (i < 3 ? 2 * (e - target[i]!) : Math.exp(e)))
      m = m.map((e, i) => options.b1 * e + (1 - options.b1) * g[i]!)
      v = v.map((e, i) => options.b2 * e + (1 - options.b2) * g[i]! ** 2)
      const [c1, c2] = [1 - options.b1 ** t, 1 - options.b2 ** t]
      w = w.map((e, i) => e - (options.learningRate * (m[i]! / c1)) / (Math.sqrt(v[i]! / c2) + options.eps))
      ;({ state } = run(descend, {}, { state: state as never, target }) as { state: unknown } as never)
      const split = (all: number[]) => ({ w: all.slice(0, 3), deep: { b: all.slice(3) } })
      closeTo(state, { params: split(w), opt: { m: split(m), v: split(v), count: [t] } }, 1e-12)
    }
  })
  const zeroState = () => ({
    m: { w: [0, 0, 0], deep: { b: [0, 0] } },
    v: { w: [0, 0, 0], deep: { b: [0, 0] } },
    count: 0,
  })

  test('its correction is accurate in single precision', () => {
    // The first step is the learning rate in size, whatever the gradient: 1 - b2 must cancel exactly enough.
    const { graph } = traceProgram(descend)
    const names = graph.equations.map(({ primitive }) => primitive.name)
    expect(names.filter((name) => name === 'expm1')).toHaveLength(2)
  })

  test('its state has no initialisers, and takes one tensor as well as a tree', () => {
    expect(optimiser.state(linear(2, 2).params).m.weight.initialiser).toBeUndefined()
    const one = ({ x }: { x: Tensor<[3]> }) =>
      optimiser.update(x, { m: zeros([3]), v: zeros([3]), count: zeros([], 'i32') }, x).params
    closeTo(runBody({ x: f32(3) }, one, { x: [1, 2, -3] }), [0.95, 1.95, -2.95], 1e-5)
  })
})

describe('initial values', () => {
  const seeded = (seed: number) => ({ key: [0, seed] })

  test('are drawn for layers, zero for moments, a key for keys', () => {
    const traced = traceInit(step)
    expect(traced.graph.inputs.map(({ type }) => type)).toEqual([{ shape: [2], dtype: 'u32' }])
    const at = evaluated(traced, seeded(3))
    const again = evaluated(traced, seeded(3))
    const other = evaluated(traced, seeded(4))
    expect(Object.keys(at)).toEqual(traceLeaves())
    const weights = ['state.params.0.weight', 'state.params.2.weight', 'state.params.4.weight']
    for (const [i, path] of weights.entries()) {
      const bound = 1 / Math.sqrt([3, 8, 8][i]!)
      const values = [...at[path]!.data]
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound))
      expect(new Set(values).size).toBeGreaterThan(values.length / 2)
      expect(values).toEqual([...again[path]!.data])
      expect(values).not.toEqual([...other[path]!.data])
    }
    expect([...at['state.opt.m.2.weight']!.data]).toEqual(Array(64).fill(0))
    expect([...at['state.opt.count']!.data]).toEqual([0])
    expect([...at['state.key']!.data]).not.toEqual([0, 3])
  })
  const traceLeaves = () => {
    const { graph } = traceProgram(step, { n: 2 })
    return graph.inputs.map(({ name }) => name).filter((name) => name.startsWith('state.'))
  }

  test('have the spread of their distribution', () => {
    const net = linear(64, 100)
    const of = program({ params: net.params, x: f32('n') }, ({ x }) => x)
    const traced = traceInit(of)
    const at = evaluated(traced, seeded(0))
    expect(Object.keys(at)).toEqual(['params.weight', 'params.bias'])
    const values = [...at['params.weight']!.data]
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
    // Uniform on (-1/8, 1/8): variance 1/192; five standard errors.
    expect(Math.abs(mean)).toBeLessThan(5 * Math.sqrt(1 / 192 / 6400))
    expect(Math.abs(variance * 192 - 1)).toBeLessThan(5 * Math.sqrt(0.8 / 6400))
  })

  test('of a part are those of the part alone', () => {
    const of = program(
      { state: { a: initialised(f32(2), (key, shape) => normal(key, shape)), b: f32(1), k: key() }, c: f32('n') },
      ({ state }) => ({ state }),
    )
    const traced = traceInit(of, 'state.a')
    expect(traced.outputs).toEqual({ path: 'state.a', dims: [2], dtype: 'f32' })
    expect(traceInit(of).outputs).toMatchObject({ state: { a: { path: 'state.a' }, k: { dtype: 'key' } } })
    expect(() => traceInit(of, 'nothing')).toThrow('type error: there is no input nothing')
  })

  test('are checked against their specs', () => {
    const spec = f32('n', 2)
    const of = (initialiser: Parameters<typeof initialised<['n', 2], 'f32'>>[1]) =>
      program({ state: { a: initialised(spec, initialiser) } }, ({ state }) => ({ state }))
    const good = of((_, shape) => ones(shape))
    expect(traceInit(good, 'state', { n: 3 }).graph.outputs[0]!.type.shape).toEqual([3, 2])
    expect(() => traceInit(good)).toThrow('type error: dim n of state.a has no size')
    expect(() =>
      traceInit(
        of(() => ones([3, 3]) as never),
        'state',
        { n: 3 },
      ),
    ).toThrow('shape error: the initialiser of state.a is [3, 3], needs [n, 2]')
    expect(() =>
      traceInit(
        of(() => ones(['n', 2], 'i32') as never),
        'state',
        { n: 3 },
      ),
    ).toThrow('dtype error: the initialiser of state.a is i32, needs f32')
    expect(i32().initialiser).toBeUndefined()
  })
})
