import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { dense, generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import { type Graph, sizeOf, type Type } from '../../../compiler/ir/graph.ts'
import type { Dense } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { batch } from '../../../compiler/transform/batch.ts'
import * as fc from '../../fc.ts'
import { cases, graphOf, names } from '../ir/cases.ts'
import { farApart, uniforms } from '../random.ts'
import { batched, reversed } from './apply.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

/** The graph evaluated once for each set of inputs, the results stacked. */
function looped(graph: Graph, inputs: readonly Dense[], carries: readonly boolean[], size: number): Dense[] {
  const part = (input: Dense, i: number, k: number): Dense => {
    if (!carries[i]) return input
    const shape = input.shape.slice(1)
    return { ...input, shape, data: input.data.slice(k * sizeOf(shape), (k + 1) * sizeOf(shape)) }
  }
  const runs = Array.from({ length: size }, (_, k) =>
    evaluate(
      graph,
      inputs.map((input, i) => part(input, i, k)),
    ),
  )
  return graph.outputs.map(({ type }, o) =>
    dense(
      [size, ...type.shape],
      runs.flatMap((run) => [...run[o]!.data]),
      type.dtype,
    ),
  )
}

describe('a batch is a loop', () => {
  test.each(names)('%s', (name) => {
    fc.assert(
      fc.property(
        cases(name),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.integer(),
        (one, size, flags, seed) => {
          const graph = graphOf(one)
          const carries = one.inputs.map((_, i) => flags[i]!)
          const random = uniforms(seed)
          // Every set of inputs is the case's own, with its elements in another order.
          const inputs = one.inputs.map((input, i) => {
            const n = input.data.length
            const type = { dtype: input.dtype, shape: carries[i] ? [size, ...input.shape] : input.shape }
            const shift = Math.floor(random() * n)
            return generated(type, (k) => input.data[(k + shift * Math.floor(k / n)) % n]!)
          })
          const results = evaluate(batched(graph, carries, size), inputs)
          for (const [k, expected] of looped(graph, inputs, carries, size).entries()) {
            expect(results[k]!.shape).toEqual(expected.shape)
            expect(farApart(results[k]!.data, expected.data, 1e-12)).toBeUndefined()
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('a batch of a batch, and gradients through both', () => {
  const b = new Builder()
  const [x, w] = [b.input(f32(3), 'x'), b.input(f32(3, 2), 'w')]
  const layer = b.graph('layer', [b.emit(p.sigmoid, [b.emit(p.dot, [x, w], { batch: [], contract: [[0, 0]] })], {})])
  const twice = batched(batched(layer, [true, false], 2), [true, true], 4)
  const random = uniforms(1)
  const fill = (type: Type) => generated(type, () => 2 * random() - 1)
  const inputs = twice.inputs.map(({ type }) => fill(type))
  const ct = fill(twice.outputs[0]!.type)
  const together = evaluate(reversed(twice), [...inputs, ct])
  const apart = evaluate(batched(reversed(batched(layer, [true, false], 2)), [true, true, true], 4), [...inputs, ct])
  for (const [i, gradient] of together.entries()) expect(farApart(gradient.data, apart[i]!.data, 1e-12)).toBeUndefined()
})

test('what does not depend on a batched input is computed once', () => {
  const b = new Builder()
  const [x, w] = [b.input(f32(3), 'x'), b.input(f32(3), 'w')]
  const graph = b.graph('f', [b.emit(p.mul, [x, b.emit(p.exp, [w], {})], {})])
  const exponential = batched(graph, [true, false], 5).equations.find((equation) => equation.primitive.name === 'exp')
  expect(exponential?.outputs[0]?.type.shape).toEqual([3])
})

test('captured values are shared', () => {
  const b = new Builder()
  const shared = b.input(f32(2), 'shared')
  const inside = new Builder()
  const x = inside.input(f32(2), 'x')
  const graph = inside.graph('f', [inside.emit(p.add, [x, shared], {}), shared])
  const xs = b.input(f32(3, 2), 'xs')
  const [sums, copies] = evaluate(b.graph('g', batch(b, graph, [xs], [true], 3)), [
    dense([2], [10, 20]),
    dense([3, 2], [1, 2, 3, 4, 5, 6]),
  ])
  expect([...sums!.data]).toEqual([11, 22, 13, 24, 15, 26])
  expect([...copies!.data]).toEqual([10, 20, 10, 20, 10, 20])
})

test('a batched argument must carry the leading axis', () => {
  const b = new Builder()
  const x = b.input(f32(2), 'x')
  const graph = b.graph('f', [b.emit(p.exp, [x], {})])
  const c = new Builder()
  expect(() => batch(c, graph, [c.input(f32(4, 2), 'xs')], [true], 3)).toThrow(
    "batch of f: arguments: 'x' is f32[3, 2] and is given f32[4, 2]",
  )
})
