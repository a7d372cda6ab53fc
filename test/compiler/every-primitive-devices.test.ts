import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import { type Graph, type Params, sizeOf } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { seed, times } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, reference, rounded, runOn } from './differential.ts'
import { type Case, cases, type Name, names, primitiveOf } from './ir/cases.ts'
import { uniforms } from './random.ts'

/**
 * What is not computed element by element, on axes of prime sizes, all longer than four lanes. Indices are less than
 * `below`, and -1.
 */
const long: {
  readonly [name: string]: {
    readonly shapes: readonly (readonly number[])[]
    readonly params: Params
    readonly below?: number
  }
} = {
  argsort: { shapes: [[5, 13]], params: {} },
  broadcast: { shapes: [[7, 1]], params: { shape: [5, 7, 11], axes: [1, 2] } },
  concat: {
    shapes: [
      [5, 7],
      [5, 1],
      [5, 0],
      [5, 11],
    ],
    params: { axis: 1 },
  },
  constant: { shapes: [], params: { value: 0.1, shape: [7, 11], dtype: 'f32' } },
  cumsum: { shapes: [[7, 29]], params: { axis: 1, reverse: true } },
  dot: {
    shapes: [
      [23, 7, 5],
      [7, 19, 5],
    ],
    params: { batch: [[2, 2]], contract: [[1, 0]] },
  },
  flip: { shapes: [[5, 7, 11]], params: { axes: [0, 2] } },
  gather: {
    shapes: [
      [5, 7, 11],
      [5, 13],
    ],
    params: { axis: 1, batch: 1 },
    below: 8,
  },
  iota: { shapes: [], params: { shape: [7, 11], axis: 1, dtype: 'f32' } },
  literal: {
    shapes: [],
    params: { values: Array.from({ length: 35 }, (_, k) => k / 7), shape: [5, 7], dtype: 'f32' },
  },
  oneHot: { shapes: [[5, 13]], params: { size: 7, dtype: 'f32' }, below: 8 },
  pad: { shapes: [[7, 11]], params: { low: [1, 0], high: [0, 2] } },
  reduceMax: { shapes: [[5, 7, 97]], params: { axes: [0, 2] } },
  reshape: { shapes: [[7, 22]], params: { shape: [11, 14] } },
  scatterAdd: {
    shapes: [
      [5, 13, 7],
      [5, 13],
    ],
    params: { axis: 1, batch: 1, size: 11 },
    below: 12,
  },
  skew: { shapes: [[13, 5, 3]], params: { axis: 0, at: 2, stride: 2, dilation: 2, size: 5 } },
  slice: { shapes: [[13, 23]], params: { start: [1, 2], stop: [12, 23], step: [3, 2] } },
  sum: { shapes: [[5, 7, 97]], params: { axes: [0, 2] } },
  transpose: { shapes: [[5, 7, 11]], params: { permutation: [2, 0, 1] } },
  unskew: { shapes: [[5, 7, 3]], params: { axis: 0, at: 2, stride: 2, dilation: 2, size: 13 } },
}

function longCase(name: Name, seed: number): Case {
  const { shapes, params, below } = long[name]!
  const random = uniforms(seed)
  const inputs = shapes.map((shape, i) =>
    below !== undefined && i === shapes.length - 1
      ? generated({ shape, dtype: 'i32' }, () => Math.floor(random() * (below + 1)) - 1)
      : generated({ shape, dtype: 'f32' }, () => 2 * random() - 1),
  )
  return { primitive: primitiveOf(name), params, inputs }
}

const lengths = [0, 1, 7, 31]
/** An elementwise case with another number of elements: those that it has, again and again. */
const resized = (of: Case, length: number): Case => ({
  ...of,
  inputs: of.inputs.map((input) => generated({ ...input, shape: [length] }, (k) => input.data[k % input.data.length]!)),
})

const casesOf = (name: Name, seed: number): readonly Case[] => {
  const samples = fc.sample(cases(name), { seed, numRuns: 4 })
  if (!isMap(name)) return [...samples, longCase(name, seed)]
  const long = cases(name).filter(({ inputs }) => inputs.every(({ data }) => data.length >= 3))
  return [...samples, ...fc.sample(long, { seed, numRuns: lengths.length }).map((of, i) => resized(of, lengths[i]!))]
}

const isMap = (name: Name): boolean => primitiveOf(name).lower.kind === 'map'

/** Many cases as one program. */
function together(all: readonly Case[]): { readonly graph: Graph; readonly inputs: readonly Dense[] } {
  const b = new Builder()
  const inputs = all.flatMap((of) => of.inputs)
  const args = inputs.map(({ shape, dtype }, i) => b.input({ shape, dtype }, `x${i}`))
  const outputs = all.flatMap(({ primitive, params, inputs }) =>
    b.emitAll(primitive, args.splice(0, inputs.length), params),
  )
  return { graph: b.graph('cases', outputs), inputs: rounded(inputs) }
}

test('every primitive has cases, and where it moves or folds elements a long one', () => {
  expect([...names].sort()).toEqual(Object.keys(p).sort())
  const notMaps = names.filter((name) => !isMap(name))
  expect(Object.keys(long)).toEqual(notMaps.sort())
  const sizes = new Set(
    names.flatMap((name) => casesOf(name, seed).flatMap(({ inputs }) => inputs.map(({ shape }) => sizeOf(shape)))),
  )
  expect([0, 1, 2, 7, 31].filter((size) => !sizes.has(size))).toEqual([])
})

const gpu = { open: () => openWebGpu(computing.gpu!), skipped: missing(computing, 'every primitive on WebGPU') }
/** Elementwise kernels are the same, whether threads work together or not. */
const kinds = [
  { kind: 'WebGPU, by workgroups', ...gpu, software: false, tried: names },
  { kind: 'WebGPU, by single threads', ...gpu, software: true, tried: names.filter((name) => !isMap(name)) },
  { kind: 'the CPU', open: () => openCpu({ threads: 1 }), skipped: false, software: true, tried: names },
  {
    kind: 'the CPU without SIMD',
    open: () => openCpu({ threads: 1, simd: false }),
    skipped: false,
    software: true,
    tried: names,
  },
]

describe.each(kinds.filter(({ skipped }) => !skipped))('on $kind', ({ open, software, tried }) => {
  let device: Device
  beforeAll(async () => {
    device = await open()
  })
  afterAll(() => device.dispose())

  const few = 10
  const batches = Array.from({ length: Math.ceil(tried.length / few) }, (_, i) => tried.slice(few * i, few * (i + 1)))
  test.each(batches.map((batch) => [batch.join(', '), batch] as const))(
    '%s',
    { timeout: times * 60_000 },
    async (_, batch) => {
      for (let round = 0; round < times; round++) {
        const { graph, inputs } = together(batch.flatMap((name) => casesOf(name, seed + round)))
        const compilation = compileGraph(
          graph,
          device.target,
          {},
          {
            capabilities: { ...device.capabilities, software },
          },
        )
        const expected = reference(graph, inputs)
        expect(expected.undecided).toBe(false)
        expect(difference(expected, await runOn(device, compilation, inputs)), `seed ${seed + round}`).toBeUndefined()
      }
    },
  )
})
