import { describe, expect, test } from 'vitest'
import { f32, grad, i32, type Key, key, program, type Tensor, traceInit, traceProgram } from '../../../dsl/index.ts'
import {
  dropout,
  type EmbeddingParams,
  embedding,
  glu,
  groupNorm,
  initialisers,
  type LinearParams,
  layer,
  layerNorm,
  linear,
  type MlpParams,
  mlp,
  relu,
  rmsNorm,
  sequential,
  silu,
} from '../../../dsl/nn/index.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { closeTo, evaluated, numbers, runBody, tracing } from '../run.ts'

const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0)
const rowsOf = (x: readonly number[], width: number) =>
  Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width))

describe('linear', () => {
  test('has no bias where none is wanted, and starts as it is told', () => {
    const plain = linear(2, 3, { bias: false })
    is<{ weight: ReturnType<typeof f32<[2, 3]>> }>()(plain.params)
    expect(Object.keys(plain.params)).toEqual(['weight'])
    const started = linear(2, 3, { initialiser: initialisers.constant(0.5) })
    const init = evaluated(traceInit(program({ params: started.params, x: f32() }, ({ x }) => x)), { key: [0, 1] })
    expect([...init['params.weight']!.data]).toEqual(Array(6).fill(0.5))
    expect([...init['params.bias']!.data]).toEqual([0, 0, 0])
  })

  test('of no inputs is its bias, which starts at 0', () => {
    const init = evaluated(traceInit(program({ params: linear(0, 2).params, x: f32() }, ({ x }) => x)), { key: [0, 1] })
    expect([...init['params.bias']!.data]).toEqual([0, 0])
  })
})

describe('mlp', () => {
  test('is linear layers with the activation between them', () => {
    const net = mlp([2, 3, 3, 1], relu, { final: silu })
    is<{ 0: LinearParams<2, 3>; 1: LinearParams<3, 3>; 2: LinearParams<3, 1> }>()(net.params)
    const spelled = sequential(linear(2, 3), relu, linear(3, 3), relu, linear(3, 1), silu)
    const params = {
      0: { weight: numbers(6, 1), bias: numbers(3, 2) },
      1: { weight: numbers(9, 3), bias: numbers(3, 4) },
      2: { weight: numbers(3, 5), bias: numbers(1, 6) },
    }
    const x = numbers(8)
    const found = runBody(
      { params: net.params, x: f32(4, 2) },
      ({ params, x }) => is<Tensor<[4, 1]>>()(net.apply(params, x)),
      { params, x },
    )
    const same = runBody({ params: spelled.params, x: f32(4, 2) }, ({ params, x }) => spelled.apply(params, x), {
      params: { 0: params[0], 2: params[1], 4: params[2] },
      x,
    })
    expect(found).toEqual(same)
  })

  test('takes sizes that the types do not know', () => {
    const widths: number[] = [3, 5, 2]
    const net = mlp(widths)
    is<MlpParams<number[]>>()(net.params)
    expect(Object.keys(net.params)).toEqual(['0', '1'])
    const { outputs } = tracing(
      { params: net.params as never, x: f32('n', 3) },
      ({ params, x }) => net.apply(params, x),
      {
        n: 4,
      },
    )
    expect(outputs).toMatchObject({ dims: ['n', 2] })
  })
})

describe('embedding', () => {
  test('is the row of the table, zeros where there is none, and gathers the gradient of each row', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 5 }), { maxLength: 6 }), (ids) => {
        const net = embedding(4, 2)
        is<EmbeddingParams<4, 2>>()(net.params)
        const weight = numbers(8)
        const specs = { params: net.params, ids: i32('n'), w: f32('n', 2) }
        const body = ({
          params,
          ids,
          w,
        }: {
          params: { weight: Tensor<[4, 2]> }
          ids: Tensor<['n'], 'i32'>
          w: Tensor<['n', 2]>
        }) => {
          const loss = (p: typeof params) => is<Tensor<['n', 2]>>()(net.apply(p, ids)).mul(w).sum()
          return [net.apply(params, ids), grad(loss)(params).weight]
        }
        const w = numbers(2 * ids.length, 3)
        const [rows, gradient] = runBody(specs, body, { params: { weight }, ids, w }, { n: ids.length }) as number[][]
        expect(rows).toEqual(ids.flatMap((id) => (id < 0 || id > 3 ? [0, 0] : weight.slice(2 * id, 2 * id + 2))))
        const expected = Array.from({ length: 8 }, (_, k) =>
          sum(ids.flatMap((id, i) => (id === k >> 1 ? [w[2 * i + (k % 2)]!] : []))),
        )
        closeTo(gradient, expected, 1e-13)
      }),
      { numRuns: 30 },
    )
  })

  test('takes whole numbers of any rank, also at the head of a network', () => {
    const net = sequential(embedding(10, 4), layerNorm(4), mlp([4, 8, 3]))
    const body = ({ params, ids, one }: { params: never; ids: Tensor<['n', 5, 2], 'i32'>; one: Tensor<[], 'i32'> }) => [
      is<Tensor<['n', 5, 2, 3]>>()(net.apply(params, ids)),
      is<Tensor<[3]>>()(net.apply(params, one)),
    ]
    const { outputs } = tracing({ params: net.params, ids: i32('n', 5, 2), one: i32() }, body as never, { n: 3 })
    expect(outputs).toMatchObject([{ dims: ['n', 5, 2, 3] }, { dims: [3] }])
  })
})

describe('norms', () => {
  test('are their formulas', () => {
    const [weight, bias] = [numbers(3, 8), numbers(3, 9)]
    const x = numbers(12).map((e) => 5 * e + 2)
    const [layered, rooted] = [layerNorm(3, { eps: 0.01 }), rmsNorm(3, { eps: 0.01 })]
    const normal = runBody({ params: layered.params, x: f32(4, 3) }, ({ params, x }) => layered.apply(params, x), {
      params: { weight, bias },
      x,
    })
    const root = runBody({ params: rooted.params, x: f32(4, 3) }, ({ params, x }) => rooted.apply(params, x), {
      params: { weight },
      x,
    })
    const rows = rowsOf(x, 3)
    const expected = rows.flatMap((row) => {
      const mean = sum(row) / 3
      const variance = sum(row.map((e) => (e - mean) ** 2)) / 3
      return row.map((e, k) => ((e - mean) / Math.sqrt(variance + 0.01)) * weight[k]! + bias[k]!)
    })
    closeTo(normal, expected, 1e-13)
    const roots = rows.flatMap((row) => {
      const square = sum(row.map((e) => e * e)) / 3
      return row.map((e, k) => (e / Math.sqrt(square + 0.01)) * weight[k]!)
    })
    closeTo(root, roots, 1e-13)
  })

  test('of groups are over space and the channels of each', () => {
    const [groups, channels, points] = [2, 6, 6] as const
    const net = groupNorm(groups, channels, { eps: 0.01 })
    const [weight, bias] = [numbers(channels, 8), numbers(channels, 9)]
    const x = numbers(2 * points * channels).map((e) => 5 * e + 2)
    const found = runBody(
      { params: net.params, x: f32('n', 'h', 3, channels) },
      ({ params, x }) => is<Tensor<['n', 'h', 3, 6]>>()(net.apply(params, x)),
      { params: { weight, bias }, x },
      { n: 2, h: 2 },
    )
    const groupOf = (i: number) => [
      Math.floor(i / (points * channels)),
      Math.floor((i % channels) / (channels / groups)),
    ]
    const expected = x.map((e, i) => {
      const all = x.filter((_, k) => groupOf(k).join() === groupOf(i).join())
      expect(all).toHaveLength((points * channels) / groups)
      const mean = sum(all) / all.length
      const variance = sum(all.map((e) => (e - mean) ** 2)) / all.length
      return ((e - mean) / Math.sqrt(variance + 0.01)) * weight[i % channels]! + bias[i % channels]!
    })
    closeTo(found, expected, 1e-12)
  })

  test('start as what they are without parameters', () => {
    for (const [made, plain] of [
      [layerNorm([2, 3]), layerNorm([2, 3], { affine: false })],
      [rmsNorm([2, 3]), rmsNorm([2, 3], { affine: false })],
    ] as const) {
      const init = evaluated(traceInit(program({ params: made.params, x: f32() }, ({ x }) => x)), { key: [0, 1] })
      const params = Object.fromEntries(
        Object.keys(made.params).map((name) => [name, [...init[`params.${name}`]!.data]]),
      )
      const x = numbers(12)
      const found = runBody(
        { params: made.params, x: f32(2, 2, 3) },
        ({ params, x }) => (made as unknown as typeof plain).apply(params, x),
        { params, x } as never,
      )
      expect(Object.keys(plain.params)).toEqual([])
      expect(found).toEqual(runBody({ x: f32(2, 2, 3) }, ({ x }) => plain.apply({}, x), { x }))
    }
  })

  test('are accurate far from 0, and finite for rows that are all alike', () => {
    const net = layerNorm(4, { affine: false })
    const near = numbers(4)
    const body = ({ x }: { x: Tensor<[number, 4]> }) => ({
      y: net.apply({}, x),
      slope: grad((x: Tensor<[number, 4]>) => net.apply({}, x).square().sum())(x),
    })
    const found = runBody({ x: f32(4, 4) }, body as never, {
      x: [...near, ...near.map((e) => e + 1e4), ...Array(4).fill(1e4), ...Array(4).fill(0)],
    }) as { y: number[]; slope: number[] }
    const [first, second, alike, none] = rowsOf(found.y, 4)
    closeTo(second, first, 1e-9)
    expect([...alike!, ...none!]).toEqual(Array(8).fill(0))
    expect(found.slope.every(Number.isFinite)).toBe(true)
  })
})

describe('dropout', () => {
  const specs = { x: f32(40, 50), seed: key() }
  const drop = (rate: number, x: readonly number[], seed: readonly number[]) =>
    runBody(specs, ({ x, seed }) => dropout(rate)(x, seed), { x: [...x], seed: [...seed] }) as number[]
  const x = numbers(2000).map((e) => e + 2)

  test('sets elements to 0 with its rate and scales the others', () => {
    for (const rate of [0.1, 0.5, 0.9]) {
      const found = drop(rate, x, [0, 3])
      const kept = found.filter((e) => e !== 0).length
      // Five standard deviations of a binomial count.
      expect(Math.abs(kept - 2000 * (1 - rate))).toBeLessThan(5 * Math.sqrt(2000 * rate * (1 - rate)))
      closeTo(
        found,
        x.map((e, i) => (found[i] === 0 ? 0 : e / (1 - rate))),
        1e-12,
      )
      expect(drop(rate, x, [0, 3])).toEqual(found)
      expect(drop(rate, x, [0, 4])).not.toEqual(found)
    }
  })

  test('keeps everything at rate 0 and without a key, and nothing at rate 1', () => {
    expect(drop(0, x, [0, 1])).toEqual(x)
    expect(drop(1, x, [0, 1])).toEqual(x.map(() => 0))
    const without = ({ x }: { x: Tensor<[number]> }) => [dropout(0.5)(x), dropout(1).apply({}, x)]
    expect(runBody({ x: f32(3) }, without as never, { x: [1, 2, 3] })).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  test('in a network draws by the key of its place, and only there', () => {
    const net = sequential(linear(3, 8), relu, dropout(0.5), sequential(dropout(0.5)), linear(8, 2))
    const specs = { params: net.params, x: f32(6, 3), seed: key() }
    const given = {
      params: {
        0: { weight: numbers(24, 1), bias: numbers(8, 2) },
        4: { weight: numbers(16, 3), bias: numbers(2, 4) },
      },
      x: numbers(18, 5),
      seed: [1, 2],
    }
    type Given = { params: typeof net.params; x: never; seed: Key }
    const run = (body: (given: Given) => unknown) => runBody(specs, body as never, given)
    const apply = net.apply as (params: unknown, x: unknown, key?: Key) => never
    const evaluation = run(({ params, x }) => apply(params, x))
    const training = run(({ params, x, seed }) => apply(params, x, seed))
    expect(training).not.toEqual(evaluation)
    expect(run(({ params, x, seed }) => apply(params, x, seed))).toEqual(training)
    const twice = sequential(dropout(0.5), dropout(0.5))
    const ones = { x: Array(2000).fill(1), seed: [0, 9] }
    const [masks] = [
      runBody({ x: f32(2000), seed: key() }, ({ x, seed }) => twice.apply({}, x, seed), ones) as number[],
    ]
    // Independent masks keep a quarter; one and the same would keep a half.
    expect(Math.abs(masks!.filter((e) => e === 4).length - 500)).toBeLessThan(5 * Math.sqrt(2000 * 0.25 * 0.75))
    const { graph } = traceProgram(program({ x: f32(3) }, ({ x }) => twice.apply({}, x)))
    expect(graph.equations).toEqual([])
  })

  test('has a rate from 0 to 1', () => {
    const of = dropout as (rate: number) => unknown
    for (const rate of [-0.1, 1.5, Number.NaN])
      expect(() => of(rate)).toThrow(`type error: dropout: ${rate} is not a probability; write a number from 0 to 1`)
  })
})

describe('sequential', () => {
  test('asks for the leading dims that a later layer needs', () => {
    const net = sequential(linear(3, 4), layerNorm([5, 4]))
    const body = ({ params, x }: { params: never; x: Tensor<['n', 5, 3]> }) =>
      is<Tensor<['n', 5, 4]>>()(net.apply(params, x))
    expect(tracing({ params: net.params, x: f32('n', 5, 3) }, body as never, { n: 2 }).outputs).toMatchObject({
      dims: ['n', 5, 4],
    })
    const short = ({ params, x }: { params: never; x: never }) => net.apply(params, x)
    expect(() => tracing({ params: net.params, x: f32(6, 3) }, short as never)).toThrow(
      'shape error: the layer takes [5, 3] and is given [6, 3]',
    )
  })

  test('works out the shapes of layers that change them, for every tensor anew', () => {
    const net = sequential(linear(3, 8), glu, sequential(relu, glu), linear(2, 5))
    const body = ({ params, x, y }: { params: never; x: Tensor<['n', 3]>; y: Tensor<[3]> }) => [
      is<Tensor<['n', 5]>>()(net.apply(params, x)),
      is<Tensor<[5]>>()(net.apply(params, y)),
    ]
    const { outputs } = tracing({ params: net.params, x: f32('n', 3), y: f32(3) }, body as never, { n: 2 })
    expect(outputs).toMatchObject([{ dims: ['n', 5] }, { dims: [5] }])
  })

  test("gives a layer of one's own the key", () => {
    const noisy = layer({}, (_, x: Tensor<[4]>, key) => (key ? dropout(0.5)(x, key) : x))
    const net = sequential(relu, noisy)
    const specs = { x: f32(100, 4), seed: key() }
    const ones = { x: Array(400).fill(1), seed: [0, 1] }
    const found = runBody(specs, ({ x, seed }) => net.apply({}, x, seed), ones) as number[]
    expect(new Set(found)).toEqual(new Set([0, 2]))
    expect(runBody(specs, ({ x }) => net.apply({}, x), ones)).toEqual(ones.x)
  })
})
