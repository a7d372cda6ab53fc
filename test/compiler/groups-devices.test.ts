import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../compiler/ir/builder.ts'
import { generated } from '../../compiler/ir/dense.ts'
import type { Graph, Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { WgslCode } from '../../compiler/plan/plan.ts'
import { productTiles } from '../../compiler/schedule/product-tiles.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import { everyNth } from '../full.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, difference, executableOf, reference, rounded, runOn } from './differential.ts'
import { uniforms } from './random.ts'

/** A graph of inputs of these shapes. */
function graphOf(name: string, shapes: readonly (readonly number[])[], make: (b: Builder, ...x: Value[]) => Value[]) {
  const b = new Builder()
  const inputs = shapes.map((shape, i) => b.input({ shape, dtype: 'f32' }, `x${i}`))
  return b.graph(name, make(b, ...inputs))
}

const dot = (b: Builder, l: Value, r: Value, i: number, j: number) =>
  b.emit(p.dot, [l, r], { batch: [], contract: [[i, j]] })

/** Each with whether all of its memory is read and written as vectors of four. */
const graphs: readonly (readonly [Graph, boolean])[] = [
  [
    graphOf(
      'long sums of products',
      [
        [16, 5000],
        [5000, 16],
      ],
      (b, x, y) => [dot(b, x!, y!, 1, 0)],
    ),
    true,
  ],
  [
    graphOf(
      'left turned',
      [
        [40, 64],
        [40, 128],
      ],
      (b, x, y) => [dot(b, x!, y!, 0, 0)],
    ),
    true,
  ],
  [
    graphOf(
      'right turned',
      [
        [64, 24],
        [128, 24],
      ],
      (b, x, y) => [dot(b, x!, y!, 1, 1)],
    ),
    true,
  ],
  [
    graphOf(
      'sizes that are no multiples of four',
      [
        [33, 41],
        [41, 35],
      ],
      (b, x, y) => [dot(b, x!, y!, 1, 0)],
    ),
    false,
  ],
  [
    graphOf('with what follows', [[32, 48], [48, 64], [64]], (b, x, y, bias) => {
      const z = b.emit(p.add, [dot(b, x!, y!, 1, 0), b.emit(p.broadcast, [bias!], { shape: [32, 64], axes: [1] })], {})
      return [b.emit(p.tanh, [z], {}), z]
    }),
    true,
  ],
  [
    graphOf(
      'two products in one sum',
      [
        [32, 48],
        [48, 64],
        [32, 16],
        [16, 64],
      ],
      (b, x, y, u, v) => [b.emit(p.add, [dot(b, x!, y!, 1, 0), dot(b, u!, v!, 1, 0)], {})],
    ),
    true,
  ],
  [
    graphOf('rows and columns of sums', [[50, 300]], (b, x) =>
      [[0], [1], [0, 1]].map((axes) => b.emit(p.sum, [b.emit(p.mul, [x!, x!], {})], { axes })),
    ),
    false,
  ],
  [
    graphOf('sums of columns, and what follows', [[50, 64], [64]], (b, x, y) => {
      const greatest = b.emit(p.reduceMax, [x!], { axes: [0] })
      const apart = b.emit(p.sub, [x!, b.emit(p.broadcast, [greatest], { shape: [50, 64], axes: [1] })], {})
      return [b.emit(p.add, [b.emit(p.sum, [b.emit(p.exp, [apart], {})], { axes: [0] }), y!], {}), greatest]
    }),
    true,
  ],
  [
    graphOf('a number of each row', [[64, 300]], (b, x) => {
      const greatest = b.emit(p.reduceMax, [x!], { axes: [1] })
      return [b.emit(p.add, [b.emit(p.sum, [x!], { axes: [1] }), greatest], {}), greatest]
    }),
    true,
  ],
  [
    graphOf('sums of rows, and what follows', [[50, 300]], (b, x) => {
      const mean = b.emit(p.sum, [x!], { axes: [1] })
      return [b.emit(p.sub, [x!, b.emit(p.broadcast, [mean], { shape: [50, 300], axes: [0] })], {})]
    }),
    true,
  ],
  [graphOf('many elements', [[65_536 + 8]], (b, x) => [b.emit(p.mul, [x!, x!], {})]), true],
  [graphOf('many elements and a few', [[65_536 + 3]], (b, x) => [b.emit(p.mul, [x!, x!], {})]), false],
]

const named = everyNth(graphs, 2).map(([graph, vectors]) => ({ name: graph.name, graph, vectors }))

describe.skipIf(missing(computing, 'kernels by workgroups on WebGPU'))('by workgroups, on WebGPU', () => {
  let device: Device
  beforeAll(async () => {
    device = await openWebGpu(computing.gpu!)
  })
  afterAll(() => device.dispose())

  test('in the tiles that were measured to be best, with as much shared memory as there is', async () => {
    const [large] = productTiles
    const graph = graphOf(
      'tuned',
      [
        [130, 40],
        [40, 132],
      ],
      (b, x, y) => [dot(b, x!, y!, 1, 0)],
    )
    const { capabilities } = device
    const tuned = { products: { '130x132x40': large! } }
    const compilation = compileGraph(graph, 'wgsl', {}, { capabilities: { ...capabilities, software: false }, tuned })
    expect(capabilities.workgroupBytes).toBeGreaterThan(16_384)
    expect(compilation.plan.kernels[0]!.nests[0]!.grid.map(({ extent }) => extent)).toEqual([2, 2])
    const random = uniforms(3)
    const inputs = rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
    expect(difference(reference(graph, inputs), await runOn(device, compilation, inputs))).toBeUndefined()
  })

  test('in subgroups, where all are of one size, which fold without shared memory as far as they reach', async () => {
    const { subgroups } = device.capabilities
    const oneSize = typeof subgroups === 'object' && subgroups.min === subgroups.max
    const graph = graphOf('folds', [[300, 60]], (b, x) => [
      b.emit(p.sum, [x!], { axes: [1] }),
      b.emit(p.reduceMax, [x!], { axes: [1] }),
      b.emit(p.sum, [b.emit(p.mul, [x!, x!], {})], { axes: [0] }),
    ])
    const random = uniforms(3)
    const inputs = rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
    const compilation = compileGraph(graph, 'wgsl')
    const { shaders } = executableOf(compilation, { subgroups }).code as WgslCode
    expect(shaders.every(({ source }) => source.includes('subgroupShuffleXor'))).toBe(oneSize)
    const results = await runOn(device, compilation, inputs, 2, { subgroups })
    expect(difference(reference(graph, inputs), results)).toBeUndefined()
  })

  test.each(named)('$name', async ({ graph, vectors }) => {
    const random = uniforms(3)
    const inputs = rounded(graph.inputs.map(({ type }) => generated(type, () => 2 * random() - 1)))
    const compilation = compileGraph(graph, 'wgsl')
    expect(difference(reference(graph, inputs), await runOn(device, compilation, inputs, 2))).toBeUndefined()
    const { shaders } = executableOf(compilation).code as WgslCode
    const bound = shaders.flatMap(({ source }) => source.match(/read_write> \w+: array<\w+>/g) ?? [])
    expect(bound.every((array) => array.endsWith('vec4f>'))).toBe(vectors)
  })
})
