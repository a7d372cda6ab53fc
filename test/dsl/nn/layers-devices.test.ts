import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sizeOf } from '../../../compiler/ir/graph.ts'
import {
  type AnyProgram,
  f32,
  grad,
  i32,
  key,
  program,
  type Specs,
  type Tensor,
  tracedLeaves,
  traceProgram,
} from '../../../dsl/index.ts'
import * as nn from '../../../dsl/nn/index.ts'
import type { Device } from '../../../runtime/device.ts'
import { openWebGpu } from '../../../runtime/webgpu/index.ts'
import { compileGraph, difference, reference, rounded, runOn } from '../../compiler/differential.ts'
import { everyNth, isFull, seed, times } from '../../full.ts'
import { computing, missing } from '../../runtime/webgpu/gpus.ts'
import { numbers } from '../run.ts'
import { type Row, rows } from './layers.ts'

// Every layer and loss and their gradients by workgroups on WebGPU, several in each program, against the float64
// evaluator.

type Wide = Tensor<number[]>
/** Tensors that a function is differentiated in, by name; whole numbers below `ids` under that name; and a key. */
interface Part {
  readonly name: string
  readonly wrt: Specs
  readonly ids?: { readonly shape: readonly number[]; readonly below: number }
  readonly of: (given: { readonly wrt: Tensors; readonly ids: Tensor<number[], 'i32'>; readonly key: never }) => Wide
}
type Tensors = { readonly [name: string]: Wide }

/** Rows of a batch: a prime number. */
const batch = 5

const ofLayer = ({ name, layer, takes, ids }: Row): Part => {
  const { apply, params } = layer as unknown as {
    apply: (params: unknown, x: unknown, key: never) => Wide
    params: Specs
  }
  const has = Object.keys(params).length > 0
  return {
    name,
    wrt: { ...(has ? { params } : {}), ...(ids === undefined ? { x: f32(batch, ...takes) } : {}) } as Specs,
    ...(ids === undefined ? {} : { ids: { shape: [batch, ...takes], below: ids } }),
    of: ({ wrt, ids, key }) => apply(wrt.params ?? {}, wrt.x ?? ids, key),
  }
}

const two = { a: f32(batch, 7), b: f32(batch, 7) }
const ofTwo = (name: string, of: (a: Wide, b: Wide) => unknown): Part => ({
  name,
  wrt: two,
  of: ({ wrt }) => of(wrt.a!, wrt.b!) as Wide,
})
const { params: normParams, state: normState, ...norm } = nn.batchNorm(3)

const others: readonly Part[] = [
  ofTwo('mse', nn.mse),
  ofTwo('mae', nn.mae),
  ofTwo('huber', (a, b) => nn.huber(a, b, { delta: 0.3 })),
  ofTwo('bce', (a, b) => nn.bce(a, b.sigmoid())),
  ofTwo('klGaussians', (a, b) => nn.klGaussians(a, b, b.sin(), a.cos())),
  ofTwo('cosineLoss', nn.cosineLoss),
  ofTwo('cosineSimilarity', nn.cosineSimilarity),
  ofTwo('crossEntropy of probabilities', (a, b) => nn.crossEntropy(a, b.softmax(), { labelSmoothing: 0.1 })),
  {
    name: 'crossEntropy',
    wrt: { x: f32(batch, 7) },
    ids: { shape: [batch], below: 8 },
    of: ({ wrt, ids }) => nn.crossEntropy(wrt.x!, ids, { reduction: 'none' }) as Wide,
  },
  {
    name: 'batchNorm',
    wrt: { params: normParams, state: normState, x: f32(batch, 2, 3) } as unknown as Specs,
    of: ({ wrt: { params, state, x } }) => {
      const train = norm.train as unknown as (params: unknown, state: unknown, x: Wide) => { y: Wide }
      return train(params, state, x!).y
    },
  },
  {
    name: 'batchNorm, evaluated',
    wrt: { params: normParams, x: f32(batch, 3) } as unknown as Specs,
    of: ({ wrt: { params, x } }) => {
      const apply = norm.apply as unknown as (params: unknown, state: unknown, x: Wide) => Wide
      const [mean, variance] = [x!.mean(0), x!.square().mean(0)]
      return apply(params, { mean, variance }, x!)
    },
  },
  {
    name: 'scaledDotProductAttention',
    wrt: { q: f32(2, batch, 3), k: f32(2, 7, 3), v: f32(2, 7, 4) },
    of: ({ wrt: { q, k, v } }) => nn.scaledDotProductAttention(q as never, k as never, v as never) as unknown as Wide,
  },
  { name: 'rotary', wrt: { x: f32(batch, 6) }, of: ({ wrt }) => nn.rotary(wrt.x as never) as unknown as Wide },
  {
    name: 'timestepEmbedding',
    wrt: { t: f32(batch) },
    of: ({ wrt }) => nn.timestepEmbedding(wrt.t as never, 6) as unknown as Wide,
  },
  {
    name: 'sinusoidal',
    wrt: { x: f32(batch, 6) },
    of: ({ wrt }) => wrt.x!.mul(nn.sinusoidal(batch, 6) as never) as unknown as Wide,
  },
  {
    name: 'layer',
    wrt: { x: f32(batch, 3) },
    of: ({ wrt }) => nn.layer({}, (_, x: Wide) => x.sin()).apply({}, wrt.x!) as Wide,
  },
  {
    name: 'sequential',
    wrt: { x: f32(batch, 4) },
    of: ({ wrt }) => nn.sequential(nn.glu, nn.gelu).apply({}, wrt.x as never) as unknown as Wide,
  },
]

/** Other examples every time, and all of them when all is tried. */
const named = (name: string): string => name.match(/^\w+/)![0]
const examples = [...new Set(rows.map(({ name }) => named(name)))].flatMap((layer) => {
  const same = rows.filter(({ name }) => named(name) === layer)
  return times > 1 ? same : [same[seed % same.length]!]
})
const parts = [...examples.map(ofLayer), ...others]

test('every layer and loss is here', () => {
  const here = new Set(parts.map(({ name }) => named(name)))
  expect(Object.keys(nn).filter((name) => name !== 'initialisers' && !here.has(name))).toEqual([])
})

/**
 * One program: of each part the values, weighted so that no gradient is of a constant, and the gradients of all that it
 * can be differentiated in.
 */
function together(of: readonly Part[]): AnyProgram {
  const specs = Object.fromEntries(
    of.map(({ wrt, ids }, i) => [`p${i}`, { wrt, ...(ids ? { ids: i32(...ids.shape) } : {}) }] as const),
  )
  return program({ ...specs, key: key() } as unknown as Specs, (given) => {
    const outputs = of.map((part, i) => {
      const { wrt, ids } = (given as unknown as { [name: string]: { wrt: Tensors; ids: never } })[`p${i}`]!
      const value = (wrt: Tensors) => part.of({ wrt, ids, key: given.key as never })
      const loss = (wrt: Tensors) => {
        const y = value(wrt)
        return y.mul(y.cos().add(0.3)).sum() as unknown as Tensor<[]>
      }
      return [`p${i}`, { value: value(wrt), gradient: grad(loss)(wrt) }]
    })
    return Object.fromEntries(outputs)
  }) as unknown as AnyProgram
}

const tried = everyNth(parts, 2)
const few = 6
const batches = Array.from({ length: Math.ceil(tried.length / few) }, (_, i) => tried.slice(few * i, few * (i + 1)))

describe.skipIf(missing(computing, 'layers on WebGPU'))('by workgroups on WebGPU', () => {
  const bounds = { all: 0, wide: 0 }
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  test.each(batches.map((batch) => [batch.map(({ name }) => name).join('; '), batch] as const))(
    '%s',
    { timeout: 120_000 },
    async (_, batch) => {
      const { graph, inputs } = traceProgram(together(batch), {})
      const paths = tracedLeaves(inputs).map(({ path }) => path)
      const given = rounded(
        graph.inputs.map(({ type }, i) => {
          const path = paths[i]!
          const drawn = numbers(sizeOf(type.shape), i + 1)
          const below = path.endsWith('.ids') ? batch[Number(path.slice(1, path.indexOf('.')))]!.ids!.below : 0
          const element = (u: number) =>
            type.dtype === 'f32' ? u / 2 : below ? Math.floor(((u + 1) / 2) * below) : (u * 2 ** 32) >>> 0
          return { ...type, data: Float64Array.from(drawn, element) }
        }),
      )
      const capabilities = { ...device.capabilities, software: false }
      const expected = reference(graph, given)
      expect(expected.undecided).toBe(false)
      const results = await runOn(device, compileGraph(graph, 'wgsl', {}, { capabilities }), given)
      expect(difference(expected, results)).toBeUndefined()
      for (const [i, { data }] of expected.outputs.entries()) {
        bounds.all++
        if (largest(expected.tolerances[i]!) > 1e-2 * Math.max(0.1, largest(data))) bounds.wide++
      }
    },
  )

  // Bounds grow with depth: those of a transformer of two layers are wide, of few others.
  test('almost all bounds say something', () => {
    expect(bounds.wide).toBeLessThan((isFull ? 0.12 : 0.24) * bounds.all)
  })
})

const largest = (all: Float64Array): number => Math.max(0, ...all.map(Math.abs))
