import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { splitSums } from '../../../compiler/transform/split-sums.ts'
import { farApart, uniforms } from '../random.ts'

const sumOf = (op: typeof p.sum | typeof p.reduceMax, ...shape: number[]): Graph => {
  const b = new Builder()
  const x = b.input({ shape, dtype: 'f32' }, 'x')
  return b.graph('sum', [b.emit(op, [x], { axes: [...shape.keys()] })])
}

/** Of factors [batch?, terms, rows] and [columns, terms, batch?]. */
function productOf(terms: number, rows: number, columns: number, batch?: number): Graph {
  const b = new Builder()
  const [before, after] = batch ? [[batch], [batch]] : [[], []]
  const x = b.input({ shape: [...before, terms, rows], dtype: 'f32' }, 'x')
  const y = b.input({ shape: [columns, terms, ...after], dtype: 'f32' }, 'y')
  const at = before.length
  return b.graph('product', [b.emit(p.dot, [x, y], { batch: batch ? [[0, 2]] : [], contract: [[at, 1]] })])
}

const primitives = (graph: Graph) => graph.equations.map(({ primitive }) => primitive.name)

describe('sums in parts', () => {
  test.each([
    ['of all elements', sumOf(p.sum, 2 ** 17), true],
    ['over several axes', sumOf(p.sum, 3, 500, 200), true],
    ['a maximum', sumOf(p.reduceMax, 1000, 400), true],
    ['of a prime number of terms', sumOf(p.sum, 131_101), false],
    ['of few terms', sumOf(p.sum, 1000), false],
    ['of products', productOf(8192, 2, 8), true],
    ['of products, by batches', productOf(4100, 3, 4, 2), true],
    ['of products with many results', productOf(4096, 600, 600), false],
  ])('%s', (_, graph, split) => {
    const made = splitSums(graph, 256)
    verify(made)
    expect(primitives(made).length > 1).toBe(split)
    expect(splitSums(made, 256)).toBe(made)
    if (!split) return
    const random = uniforms(5)
    const inputs = graph.inputs.map(({ type }) => generated(type, () => random()))
    const [expected, found] = [evaluate(graph, inputs)[0]!.data, evaluate(made, inputs)[0]!.data]
    expect(farApart(found, expected, 1e-12)).toBeUndefined()
  })
})
