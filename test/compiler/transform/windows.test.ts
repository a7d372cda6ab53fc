import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import * as fc from '../../fc.ts'
import { times } from '../../full.ts'
import { compileGraph } from '../differential.ts'
import { farApart, uniforms } from '../random.ts'
import { reversed } from './apply.ts'
import { type Along, convolution, convolutions, windowsOf } from './convolution.ts'

const namesIn = (graph: Graph): readonly string[] => graph.equations.map(({ primitive }) => primitive.name)

test('the gradients of convolutions stay what they are', { timeout: times * 60_000 }, () => {
  fc.assert(
    fc.property(convolutions, fc.integer(), (of, seed) => {
      const gradients = reversed(convolution(of))
      const simple = simplify(gradients)
      verify(simple)
      const random = uniforms(seed)
      const inputs = gradients.inputs.map(({ type }) => generated(type, () => 2 * random() - 1))
      const [before, after] = [evaluate(gradients, inputs), evaluate(simple, inputs)]
      for (const [i, gradient] of before.entries())
        expect(farApart(after[i]!.data, gradient.data, 1e-12)).toBeUndefined()
      // Two products, unless windows are both apart and spread.
      const inOne = (side: Along) => side.width > 1 && windowsOf(side) > 1 && (side.stride === 1 || side.dilation === 1)
      if (of.along.every(inOne)) expect(namesIn(simple)).not.toContain('sum')
    }),
    { numRuns: times * 300 },
  )
})

describe.each(['wasm', 'wgsl'] as const)('compiled for %s', (target) => {
  const compiled = (side: Along, channelsFirst: boolean) => {
    const of = { along: [side, side], images: 8, channels: 12, filters: 32, channelsFirst }
    const { plan } = compileGraph(reversed(convolution(of)), target)
    const temporary = plan.regions.filter(({ kind }) => kind === 'temporary').reduce((sum, { size }) => sum + size, 0)
    return { steps: plan.dispatches.length, temporary }
  }

  test.each([
    ['3 x 3', { size: 16, width: 3, stride: 1, dilation: 1, padding: 1 }],
    ['3 x 3 and dilated', { size: 16, width: 3, stride: 1, dilation: 2, padding: 2 }],
  ])('both gradients of a convolution, %s, are one kernel and take no memory', (_, side) => {
    for (const channelsFirst of [false, true]) expect(compiled(side, channelsFirst)).toEqual({ steps: 1, temporary: 0 })
  })

  test.each([
    ['3 x 3, every other window', { size: 16, width: 3, stride: 2, dilation: 1, padding: 1 }, 8 * 18 * 18 * 12],
    ['4 x 4 that do not overlap', { size: 16, width: 4, stride: 4, dilation: 1, padding: 0 }, 8 * 16 * 16 * 12],
  ])('and of one with strides, %s, puts phases together from memory', (_, side, most) => {
    for (const channelsFirst of [false, true]) {
      const { steps, temporary } = compiled(side, channelsFirst)
      expect(steps).toBe(2)
      expect(temporary).toBeLessThanOrEqual(most)
    }
  })
})

test('a product that something else reads too is not made twice', () => {
  const b = new Builder()
  const [d, w] = [b.input({ shape: [5, 3], dtype: 'f32' }, 'd'), b.input({ shape: [3, 2], dtype: 'f32' }, 'w')]
  const product = b.emit(p.dot, [d, w], { batch: [], contract: [[1, 0]] })
  const moved = b.emit(p.unskew, [product], { axis: 0, at: 1, stride: 1, dilation: 1, size: 6 })
  const graph = b.graph('f', [b.emit(p.sum, [moved], { axes: [1] }), product])
  expect(namesIn(simplify(graph))).toEqual(['dot', 'unskew', 'sum'])
  expect(namesIn(simplify({ ...graph, outputs: [graph.outputs[0]!] }))).toEqual(['broadcast', 'unskew', 'dot'])
})

test('the operations of strided gradients are those of the products that are not 0', () => {
  const side = { size: 16, width: 4, stride: 4, dilation: 1, padding: 0 }
  const of = { along: [side, side], images: 2, channels: 3, filters: 5, channelsFirst: false }
  const [back] = simplify(reversed(convolution(of))).equations.filter(({ primitive }) => primitive.name === 'dot')
  const { primitive, params, inputs, outputs } = back!
  const types = [inputs, outputs].map((values) => values.map(({ type }) => type))
  expect(primitive.cost(types[0]!, types[1]!, params)).toBe(2 * sizeOf([2, 16, 16, 3]) * 5)
})
