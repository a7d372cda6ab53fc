import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf, type Value } from '../../../compiler/ir/graph.ts'
import type { Dense } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import type { Target } from '../../../compiler/plan/plan.ts'
import { leavesOf } from '../../../compiler/plan/tree.ts'
import * as fc from '../../fc.ts'
import { compileGraph, difference, reference } from '../differential.ts'
import { randomStateSteps, smallGraphs } from '../fuse/random-graphs.ts'
import { farApart, uniforms } from '../random.ts'
import { memoryOf, runPlan } from './run-kernel.ts'

/** What the kernels of a graph do wrong, and their outputs. */
function run(graph: Graph, target: Target, inputs: readonly Dense[], paths: Parameters<typeof compileGraph>[2] = {}) {
  const { plan } = compileGraph(graph, target, paths)
  const memory = memoryOf(plan)
  for (const [i, { place }] of leavesOf(plan.inputs).entries()) memory[place.region]!.set(inputs[i]!.data, place.offset)
  const wrong = runPlan(plan, memory)
  const outputs = leavesOf(plan.outputs).map(({ place, shape }) =>
    memory[place.region]!.slice(place.offset, place.offset + sizeOf(shape)),
  )
  return { wrong, outputs }
}

const given = (graph: Graph, seed = 1): readonly Dense[] => {
  const random = uniforms(seed)
  return graph.inputs.map(({ type }) =>
    generated(type, () => (type.dtype === 'u32' ? Math.floor(2 ** 32 * random()) : 2 * random() - 1)),
  )
}

/** Loops of every form along axes of n elements, each axis in each role. */
function everyForm(n: number): Graph {
  const b = new Builder()
  const x = (...shape: number[]) => b.input({ shape, dtype: 'f32' }, 'x')
  const [line, rows, columns, wide] = [x(n), x(n, 3), x(3, n), x(2, 3)]
  const sum = (of: Value, ...axes: number[]) => b.emit(p.sum, [of], { axes })
  const product = (l: Value, r: Value, ...pair: [number, number]) =>
    b.emit(p.dot, [l, r], { batch: [], contract: [pair] })
  const flipped = b.emit(p.transpose, [columns], { permutation: [1, 0] })
  const spread = b.emit(p.broadcast, [line], { shape: [2, 3, n], axes: [2] })
  const most = n > 0 ? [b.emit(p.reduceMax, [columns], { axes: [1] })] : []
  return b.graph('every form', [
    b.emit(p.mul, [line, line], {}),
    b.emit(p.add, [rows, flipped], {}),
    b.emit(p.add, [spread, b.emit(p.broadcast, [wide], { shape: [2, 3, n], axes: [0, 1] })], {}),
    sum(line, 0),
    sum(rows, 1),
    sum(rows, 0),
    sum(b.emit(p.mul, [columns, columns], {}), 0, 1),
    ...most,
    product(columns, rows, 1, 0),
    product(x(3, 2), x(2, n), 1, 0),
    product(x(n, 2), x(5, 2), 1, 1),
    b.emit(p.dot, [rows, x(n, 3, 2)], { batch: [[0, 0]], contract: [[1, 1]] }),
  ])
}

describe.each(['wasm', 'wgsl'] as const)('kernels for %s', (target) => {
  test('write every element once and nothing beyond, whatever the sizes', () => {
    for (let n = 0; n <= 70; n++) {
      const graph = everyForm(n)
      const inputs = given(graph)
      const { wrong, outputs } = run(graph, target, inputs)
      expect(wrong, `n = ${n}`).toEqual([])
      for (const [i, { data }] of evaluate(graph, inputs).entries())
        expect(farApart(outputs[i]!, data, 1e-12), `n = ${n}, output ${i}`).toBeUndefined()
    }
  })

  test('do so where long axes are cut into pieces', () => {
    for (const shape of [[8192], [8193], [2 * 8192 + 7], [2, 8200]]) {
      const b = new Builder()
      const x = b.input({ shape, dtype: 'f32' }, 'x')
      const graph = b.graph('long', [b.emit(p.add, [x, x], {})])
      const inputs = given(graph)
      const { wrong, outputs } = run(graph, target, inputs)
      expect(wrong).toEqual([])
      expect(farApart(outputs[0]!, evaluate(graph, inputs)[0]!.data, 0)).toBeUndefined()
    }
  })

  test('do so in random graphs', () => {
    fc.assert(
      fc.property(smallGraphs, (graph) => {
        expect(run(graph, target, given(graph)).wrong).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  test('do so where state is written over', () => {
    fc.assert(
      fc.property(randomStateSteps, ({ graph }) => {
        const inputs = given(graph)
        const paths = graph.inputs.map(({ name }) => name)
        const { wrong, outputs } = run(graph, target, inputs, {
          inputs: paths,
          outputs: [...paths.slice(0, -1), 'a', 'b'],
        })
        expect(wrong).toEqual([])
        expect(difference(reference(graph, inputs), outputs)).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })
})
