import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { DType, Graph, Type } from '../../../compiler/ir/graph.ts'
import type { Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { rewritten } from '../../../compiler/transform/rewritten.ts'
import * as fc from '../../fc.ts'
import { cases, graphOf, names, primitiveOf } from '../ir/cases.ts'
import { farApart, uniforms } from '../random.ts'

const written = names.filter((name) => primitiveOf(name).lower.kind === 'rewrite')

const primitivesIn = (graph: Graph): readonly string[] => graph.equations.map(({ primitive }) => primitive.name)

/** The graph without those primitives. */
function inOthers(graph: Graph): Graph {
  const result = rewritten(graph)
  verify(result)
  expect(result.equations.filter(({ primitive }) => primitive.lower.kind === 'rewrite')).toEqual([])
  return result
}

describe('what has no loop of its own is the same in other primitives', () => {
  test.each(written)('%s', (name) => {
    fc.assert(
      fc.property(cases(name), (one) => {
        const graph = graphOf(one)
        const [expected] = evaluate(graph, one.inputs)
        const [got] = evaluate(inOthers(graph), one.inputs)
        expect(got!.dtype).toBe(expected!.dtype)
        expect(farApart(got!.data, expected!.data, 1e-12)).toBeUndefined()
      }),
    )
  })

  const applied = (primitive: Primitive, type: Type, params = {}) => {
    const b = new Builder()
    return b.graph('one', [b.emit(primitive, [b.input(type, 'x')], params)])
  }
  const erased = (primitive: unknown) => primitive as Primitive

  test.each([64, 65, 96, 97, 2000, 2113])('a running sum of %i', (size) => {
    const random = uniforms(size)
    for (const reverse of [false, true]) {
      const type: Type = { shape: [2, size, 3], dtype: 'f32' }
      const graph = applied(erased(p.cumsum), type, { axis: 1, reverse })
      const x = generated(type, () => random() - 0.5)
      expect(farApart(evaluate(inOthers(graph), [x])[0]!.data, evaluate(graph, [x])[0]!.data, 1e-12)).toBeUndefined()
    }
  })

  test('an infinity stays out of the sums before it', () => {
    const type: Type = { shape: [100], dtype: 'f32' }
    const graph = inOthers(applied(erased(p.cumsum), type, { axis: 0, reverse: false }))
    const x = generated(type, (k) => (k === 50 ? Number.NEGATIVE_INFINITY : 1))
    const [sums] = evaluate(graph, [x])
    expect([...sums!.data]).toEqual(Array.from({ length: 100 }, (_, k) => (k < 50 ? k + 1 : Number.NEGATIVE_INFINITY)))
  })

  test.each<[number[], DType]>([
    [[2, 1025], 'f32'],
    [[1025], 'u32'],
    [[2048], 'i32'],
  ])('the order of %j elements of %s', (shape, dtype) => {
    const random = uniforms(shape.length)
    const type: Type = { shape, dtype }
    const graph = applied(erased(p.argsort), type)
    // Few enough that many are equal.
    const numbers =
      dtype === 'f32' ? [Number.NaN, 0, -0, Number.POSITIVE_INFINITY] : [0, dtype === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1]
    const x = generated(type, () =>
      random() < 0.2 ? numbers[Math.floor(random() * numbers.length)]! : Math.floor(random() * 99),
    )
    expect(farApart(evaluate(inOthers(graph), [x])[0]!.data, evaluate(graph, [x])[0]!.data, 0)).toBeUndefined()
  })
})

test('names and lines stay, and what reads a result reads what came in its place', () => {
  const b = new Builder()
  const x = b.input({ shape: [3], dtype: 'f32' }, 'x')
  const source = { scope: ['f'], frame: () => undefined }
  const total = b.from(source, () => b.emit(p.cumsum, [x], { axis: 0, reverse: false }, 'running'))
  const graph = inOthers(b.graph('f', [b.emit(p.exp, [total], {}), total]))
  expect(graph.outputs[1]!.name).toBe('running')
  expect(graph.equations.filter((equation) => equation.source === source).length).toBe(graph.equations.length - 1)
  expect(primitivesIn(graph)).not.toContain('cumsum')
})
