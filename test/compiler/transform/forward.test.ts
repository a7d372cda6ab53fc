import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { dense, generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Type } from '../../../compiler/ir/graph.ts'
import { isFloat } from '../../../compiler/ir/primitive.ts'
import { splat } from '../../../compiler/ir/primitives/constant.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { jvp } from '../../../compiler/transform/forward.ts'
import * as fc from '../../fc.ts'
import { cases, graphOf, names, primitiveOf } from '../ir/cases.ts'
import { farApart, near, uniforms } from '../random.ts'
import { built, floatInputs, forwarded, inner, reversed } from './apply.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })
const differentiable = names.filter((name) => typeof primitiveOf(name).forward === 'function')

test('what has a reverse rule has a forward rule', () => {
  expect(names.filter((name) => typeof primitiveOf(name).reverse === 'function')).toEqual(differentiable)
})

describe('forward and reverse are transposes: <ct, jvp t> = <vjp ct, t>', () => {
  test.each(differentiable)('%s', (name) => {
    fc.assert(
      fc.property(cases(name), fc.integer(), (one, seed) => {
        const graph = graphOf(one)
        const random = uniforms(seed)
        const fill = (type: Type) => generated(type, () => 2 * random() - 1)
        const floats = graph.outputs.filter(({ type }) => isFloat(type.dtype))
        const tangents = floatInputs(graph).map((i) => fill(graph.inputs[i]!.type))
        fc.pre(floats.length > 0 && tangents.length > 0)
        const results = evaluate(forwarded(graph), [...one.inputs, ...tangents])
        const [output] = evaluate(graph, one.inputs)
        expect(results[0]!.data).toEqual(output!.data)
        const cotangents = floats.map(({ type }) => fill(type))
        const back = evaluate(reversed(graph), [...one.inputs, ...cotangents])
        const left = inner(cotangents[0]!.data, results[1]!.data)
        const right = tangents.reduce((sum, t, i) => sum + inner(t.data, back[i]!.data), 0)
        expect(near(left, right, 1e-11), `${left} against ${right}`).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a tangent left out is a tangent of zero', () => {
  test.each(differentiable)('%s', (name) => {
    fc.assert(
      fc.property(
        cases(name),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.integer(),
        (one, kept, seed) => {
          const graph = graphOf(one)
          const random = uniforms(seed)
          const floats = floatInputs(graph)
          fc.pre(isFloat(graph.outputs[0]!.type.dtype) && floats.some((i) => kept[i]))
          const tangents = floats.map((i) => generated(graph.inputs[i]!.type, () => (kept[i] ? 2 * random() - 1 : 0)))
          const partly = built('partly', graph, (b, args) => {
            const given = graph.inputs.map(({ type }, i) => (floats.includes(i) ? b.input(type, `t${i}`) : undefined))
            const { tangents } = jvp(
              b,
              graph,
              args,
              given.map((tangent, i) => (kept[i] ? tangent : undefined)),
            )
            return [tangents[0] ?? splat(b, graph.outputs[0]!.type, 0)]
          })
          const [, whole] = evaluate(forwarded(graph), [...one.inputs, ...tangents])
          const [part] = evaluate(partly, [...one.inputs, ...tangents])
          expect(farApart(part!.data, whole!.data, 1e-12)).toBeUndefined()
        },
      ),
      { numRuns: 40 },
    )
  })
})

test('second derivatives, forward over forward: x^3', () => {
  const b = new Builder()
  const x = b.input(f32(), 'x')
  const cube = b.graph('cube', [b.emit(p.mul, [b.emit(p.mul, [x, x], {}), x], {})])
  const derivative = (graph: typeof cube) =>
    built(`d ${graph.name}`, graph, (b, args) => {
      const one = b.emit(p.constant, [], { value: 1, shape: [], dtype: 'f32' })
      return jvp(b, graph, args, [one]).tangents.map((tangent) => tangent!)
    })
  expect(evaluate(derivative(derivative(cube)), [dense([], [2])])[0]!.data[0]).toBe(12)
})

test('a tangent that is zero stays undefined, and so does that of an integer', () => {
  const b = new Builder()
  const [x, y] = [b.input(f32(), 'x'), b.input(f32(), 'y')]
  const graph = b.graph('f', [b.emit(p.exp, [x], {}), b.emit(p.cast, [y], { dtype: 'i32' }), y])
  const c = new Builder()
  const [u, v, t] = [c.input(f32(), 'u'), c.input(f32(), 'v'), c.input(f32(), 't')]
  expect(jvp(c, graph, [u, v], [undefined, t]).tangents).toEqual([undefined, undefined, t])
})

test('tangents are named after what they are tangents of', () => {
  const b = new Builder()
  const x = b.input(f32(), 'x')
  const graph = forwarded(b.graph('f', [b.emit(p.exp, [x], {}, 'y')]))
  expect(graph.outputs.map(({ name }) => name)).toEqual(['y', 't_y'])
})
