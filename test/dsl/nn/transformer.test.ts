import { describe, expect, test } from 'vitest'
import {
  type AnyProgram,
  f32,
  grad,
  i32,
  key,
  keyWords,
  program,
  type Spec,
  type Tensor,
  traceInit,
  traceProgram,
  valueAndGrad,
} from '../../../dsl/index.ts'
import {
  type AnyLayer,
  type AttentionParams,
  crossEntropy,
  embedding,
  gelu,
  type LayerNormParams,
  layerNorm,
  linear,
  type MlpParams,
  mlp,
  multiHeadAttention,
  repeat,
  rmsNorm,
  sequential,
  silu,
  transformer,
  transformerBlock,
} from '../../../dsl/nn/index.ts'
import { isSpec } from '../../../dsl/spec.ts'
import { leavesOf, mapTree } from '../../../dsl/tree.ts'
import * as fc from '../../fc.ts'
import { is } from '../is.ts'
import { closeTo, evaluated, numbers, runBody } from '../run.ts'
import { count } from '../shapes.ts'

type Wide = Tensor<number[]>
type Untyped = { readonly params: object; readonly apply: (params: never, x: never, key?: never) => never }
type Values = { readonly [name: string]: never }

/** Numbers in place of each spec. */
function valuesOf(params: object, seed: number): Values {
  let next = seed
  return mapTree(params, isSpec, ({ shape }) => numbers(count(shape as number[]), next++)) as Values
}
const isNumbers = (x: unknown): x is number[] => Array.isArray(x) && x.every((e) => typeof e === 'number')
/** The part of layer i of stacked numbers. */
const layerAt = (values: Values, i: number, depth: number): Values =>
  mapTree(values, isNumbers, (all) => all.slice((i * all.length) / depth, ((i + 1) * all.length) / depth)) as Values
const elementsIn = (tree: unknown): number[] =>
  leavesOf(tree, isNumbers, (path) => {
    throw new Error(`there is something else at ${path}`)
  }).flatMap(({ leaf }) => leaf)

/** The same for functions whose types say too little. */
const derivative = grad as unknown as (f: unknown, wrt?: object) => (...args: readonly unknown[]) => unknown

const apply = (layer: AnyLayer, given: object, x: readonly number[], shape: readonly number[]): number[] =>
  runBody(
    { params: layer.params, x: f32(...shape) } as never,
    ({ params, x }: { params: never; x: never }) => (layer as unknown as Untyped).apply(params, x),
    { params: given, x } as never,
  ) as number[]

describe('transformerBlock', () => {
  const cases = fc.record({
    norm: fc.constantFrom('layer', 'rms') as fc.Arbitrary<'layer' | 'rms'>,
    causal: fc.boolean(),
    rotary: fc.boolean(),
    other: fc.boolean(),
    mlpRatio: fc.constantFrom(1, 2.5),
    seed: fc.nat(999),
  })

  test('adds attention of the norm, and then the MLP of the norm', () => {
    fc.assert(
      fc.property(cases, ({ norm, causal, rotary, other, mlpRatio, seed }) => {
        const shape = [2, 3, 4] as const
        const activation = other ? silu : gelu
        const block = transformerBlock(4, 2, { norm, causal, rotary, mlpRatio, ...(other ? { activation } : {}) })
        const given = valuesOf(block.params, seed)
        const x = numbers(count(shape), seed + 50)
        const normed = (norm === 'rms' ? rmsNorm(4) : layerNorm(4)) as AnyLayer
        const hidden = 4 * mlpRatio
        const plus = (x: readonly number[], what: 'attention' | 'mlp', layer: AnyLayer) => {
          const made = apply(layer, given[what]!, apply(normed, given[`${what}Norm`]!, x, shape), shape)
          return x.map((e, i) => e + made[i]!)
        }
        const attended = plus(x, 'attention', multiHeadAttention(4, 2, { causal, rotary }))
        const expected = plus(attended, 'mlp', mlp([4, hidden, 4], activation))
        closeTo(apply(block, given, x, shape), expected, 1e-11)
      }),
      { numRuns: 25 },
    )
  })

  test('has types', () => {
    const block = transformerBlock(8, 2, { mlpRatio: 2 })
    is<{
      attentionNorm: LayerNormParams<[8]>
      attention: AttentionParams<8>
      mlpNorm: LayerNormParams<[8]>
      mlp: MlpParams<[8, 16, 8]>
    }>()(block.params)
    const bare = transformerBlock(6, 3, { bias: false, norm: 'rms' })
    is<{ weight: Spec<[6, 24]> }>()(bare.params.mlp[0])
    is<{ weight: Spec<[6]> }>()(bare.params.mlpNorm)
    const net = sequential(embedding(5, 8), transformer(3, 8, 2), layerNorm(8), linear(8, 5))
    is<Spec<[3, 8, 8]>>()(net.params[1].attention.query.weight)
    const traced = traceProgram(
      program({ params: net.params, ids: i32('b', 'n') }, ({ params, ids }) =>
        is<Tensor<['b', 'n', 5]>>()(net.apply(params, ids)),
      ),
      { b: 2, n: 4 },
    )
    expect(traced.outputs).toMatchObject({ dims: ['b', 'n', 5] })
  })

  test('drops what it adds where it is given a key, and nothing without one', () => {
    const [dropping, plain] = [transformerBlock(4, 1, { dropout: 0.5 }), transformerBlock(4, 1)]
    const all = transformerBlock(4, 1, { dropout: 1 })
    const [given, x] = [valuesOf(plain.params, 3), numbers(12, 4)]
    const body = ({ params, x, key }: { params: never; x: never; key: never }) => ({
      evaluated: dropping.apply(params, x),
      plain: plain.apply(params, x),
      trained: dropping.apply(params, x, key),
      nothing: all.apply(params, x, key),
    })
    const specs = { params: plain.params, x: f32(3, 4), key: key() }
    const found = runBody(specs as never, body as never, { params: given, x, key: keyWords(5) } as never) as {
      [name: string]: number[]
    }
    expect(found.evaluated).toEqual(found.plain)
    expect(found.trained).not.toEqual(found.plain)
    expect(found.nothing).toEqual(x)
  })

  test('drops what attention and the MLP add by draws of their own', () => {
    const rows = 64
    const block = transformerBlock(1, 1, { dropout: 0.5, norm: 'rms', mlpRatio: 1 })
    const zeros = mapTree(block.params, isSpec, ({ shape }) => new Array<number>(count(shape as number[])).fill(0))
    // Each of them gives 1, which is dropped or doubled.
    const one = { weight: [0], bias: [1] }
    const { attention, mlp, ...norms } = zeros as { [name: string]: object }
    const given = { ...norms, attention: { ...attention, output: one }, mlp: { ...mlp, 1: one } }
    const found = runBody(
      { params: block.params, x: f32(rows, 1), key: key() } as never,
      ({ params, x, key }: { params: never; x: never; key: never }) => block.apply(params, x, key),
      { params: given, x: new Array<number>(rows).fill(0), key: keyWords(7) } as never,
    ) as number[]
    expect(new Set(found)).toEqual(new Set([0, 2, 4]))
  })
})

describe('repeat', () => {
  test('is its layers one after another, in value and gradient, whatever a gradient keeps', () => {
    const block = transformerBlock(4, 2, { mlpRatio: 1, causal: true })
    const cases = fc.record({
      depth: fc.integer({ min: 1, max: 4 }),
      checkpoint: fc.constantFrom('all', 'carry', 2) as fc.Arbitrary<'all' | 'carry' | 2>,
      seed: fc.nat(999),
    })
    fc.assert(
      fc.property(cases, ({ depth, checkpoint, seed }) => {
        const stack = repeat(depth, block, { checkpoint })
        const values = valuesOf(stack.params, seed)
        const each = Array.from({ length: depth }, (_, i) => layerAt(values, i, depth))
        const x = numbers(12, seed + 1)
        const results = (params: object, given: object, f: (params: never, x: Wide) => unknown) => {
          const loss = (params: never, x: Wide) => (f(params, x) as Wide).square().sum() as Tensor<[]>
          const body = ({ params, x }: { params: never; x: Wide }) => ({
            value: f(params, x),
            params: derivative(loss)(params, x),
            x: derivative(loss, { argument: 1 })(params, x),
          })
          return runBody({ params, x: f32(3, 4) } as never, body as never, { params: given, x } as never) as {
            [name: string]: unknown
          }
        }
        const layers = Object.fromEntries(each.map((_, i) => [`${i}`, block.params]))
        const expected = results(layers, { ...each }, (params, x) =>
          each.reduce<unknown>((x, _, i) => block.apply(params[`${i}`] as never, x as never), x),
        )
        const found = results(stack.params, values, (params, x) => stack.apply(params as never, x as never))
        closeTo(found.value, expected.value, 1e-10)
        closeTo(found.x, expected.x, 1e-8)
        const gradients = each.map((_, i) => layerAt(found.params as Values, i, depth))
        closeTo(
          gradients.flatMap(elementsIn),
          each.flatMap((_, i) => elementsIn((expected.params as Values)[`${i}`])),
          1e-8,
        )
      }),
      { numRuns: 12 },
    )
  })

  test('starts every layer by itself, and as the layer would start', () => {
    const stack = repeat(3, linear(4, 4))
    const of = program({ state: { params: stack.params } }, ({ state }) => ({ state }))
    const init = traceInit(of as unknown as AnyProgram, 'state')
    const found = evaluated(init, { key: keyWords(1) })
    const weights = [...found['state.params.weight']!.data]
    const [a, b, c] = [0, 1, 2].map((i) => weights.slice(16 * i, 16 * (i + 1)))
    expect(weights.every((e) => Math.abs(e) <= 0.5)).toBe(true)
    expect(Math.max(...weights)).toBeGreaterThan(0.4)
    expect(new Set([a, b, c].map(String)).size).toBe(3)
  })

  test('is traced once, however deep it is', () => {
    const sizeOf = (depth: number) => {
      const stack = transformer(depth, 4, 1, { causal: true })
      const of = program({ params: stack.params, x: f32(3, 4) }, ({ params, x }) =>
        valueAndGrad((params: never) => (stack.apply(params, x as never) as Wide).sum() as Tensor<[]>)(params as never),
      )
      return traceProgram(of as unknown as AnyProgram).graph.equations.length
    }
    expect(sizeOf(20)).toBe(sizeOf(2))
  })

  test('gives each layer a key of its own', () => {
    const rows = 64
    const stack = repeat(2, transformerBlock(1, 1, { dropout: 0.5, norm: 'rms', mlpRatio: 1 }))
    // Attention gives 1 and the MLP nothing: what is added is twice 0 or 2, once a layer.
    const zeros = mapTree(stack.params, isSpec, ({ shape }) => new Array<number>(count(shape as number[])).fill(0))
    const given = {
      ...(zeros as Values),
      attention: { ...(zeros as { attention: object }).attention, output: { weight: [0, 0], bias: [1, 1] } },
    }
    const found = runBody(
      { params: stack.params, x: f32(rows, 1), key: key() } as never,
      ({ params, x, key }: { params: never; x: never; key: never }) => stack.apply(params, x, key),
      { params: given, x: new Array<number>(rows).fill(0), key: keyWords(7) } as never,
    ) as number[]
    expect(new Set(found)).toEqual(new Set([0, 2, 4]))
  })
})

describe('transformer', () => {
  test('that is causal does not see what comes later: the gradient is exactly 0', () => {
    const [n, width] = [4, 4]
    const stack = transformer(2, width, 2, { causal: true, rotary: true })
    const given = valuesOf(stack.params, 9)
    for (let i = 0; i < n; i++) {
      const body = ({ params, x, w }: { params: never; x: Wide; w: Wide }) =>
        grad((x: Wide) => (stack.apply(params, x as never) as Wide).square().sum(1).mul(w).sum() as Tensor<[]>)(x)
      const w = Array.from({ length: n }, (_, row) => Number(row === i))
      const found = runBody(
        { params: stack.params, x: f32(n, width), w: f32(n) } as never,
        body as never,
        { params: given, x: numbers(n * width, 2), w } as never,
      ) as number[]
      const later = found.slice((i + 1) * width)
      expect(later.every((slope) => slope === 0)).toBe(true)
      for (let row = 0; row <= i; row++)
        expect(found.slice(row * width, (row + 1) * width).some((slope) => slope !== 0)).toBe(true)
    }
  })

  test('learns to say which token stood before', () => {
    const [vocabulary, width, n] = [3, 8, 6]
    const net = sequential(
      embedding(vocabulary, width),
      transformer(1, width, 2, { causal: true, rotary: true, mlpRatio: 1 }),
      layerNorm(width),
      linear(width, vocabulary),
    )
    const specs = { params: net.params, ids: i32(4, n), before: i32(4, n) }
    const loss = program(specs, ({ params, ids, before }) =>
      crossEntropy(net.apply(params as never, ids as never) as Tensor<[4, 6, 3]>, before as never),
    )
    const step = program(specs, (given) => valueAndGrad(loss, 'params')(given as never))
    const of = program({ state: { params: net.params } }, ({ state }) => ({ state }))
    const started = evaluated(traceInit(of as unknown as AnyProgram, 'state'), { key: keyWords(2) })
    let params = mapTree(net.params, isSpec, (_, path) => [...started[`state.params.${path}`]!.data]) as Values
    const ids = numbers(4 * n, 6).map((e) => Math.floor(((e + 1) / 2) * vocabulary))
    const before = ids.map((id, i) => (i % n === 0 ? id : ids[i - 1]!))
    const losses: number[] = []
    const traced = traceProgram(step as unknown as AnyProgram)
    for (let k = 0; k < 60; k++) {
      const found = evaluated(traced, { params, ids, before } as never)
      losses.push(found['0']!.data[0]!)
      params = mapTree(params, isNumbers, (leaf, path) => {
        const slopes = found[`1.${path}`]!.data
        return leaf.map((e, i) => e - 0.5 * slopes[i]!)
      }) as Values
    }
    expect(losses[0]!).toBeGreaterThan(0.9)
    expect(losses.at(-1)!).toBeLessThan(0.2)
  })
})
