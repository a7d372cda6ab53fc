import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { dense, generated } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph, Type } from '../../../compiler/ir/graph.ts'
import { type Dense, isFloat } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { vjp } from '../../../compiler/transform/reverse.ts'
import * as fc from '../../fc.ts'
import { cases, graphOf, names, primitiveOf } from '../ir/cases.ts'
import { farApart, uniforms } from '../random.ts'
import { built, floatInputs, reversed, weighed } from './apply.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })
const scalar = (x: number): Dense => dense([], [x])
const differentiable = names.filter((name) => typeof primitiveOf(name).reverse === 'function')

/** d weighed / d inputs[i], by central differences. */
function differences(graph: Graph, inputs: readonly Dense[], weights: readonly Dense[], i: number): number[] {
  const h = 1e-5
  return Array.from(inputs[i]!.data, (x, k) => {
    const at = (value: number) =>
      weighed(graph, inputs.with(i, { ...inputs[i]!, data: inputs[i]!.data.with(k, value) }), weights)
    return (at(x + h) - at(x - h)) / (2 * h)
  })
}

describe('reverse agrees with finite differences', () => {
  // That a gradient stops is what no difference shows.
  test.each(differentiable.filter((name) => name !== 'stopGradient'))('%s', (name) => {
    fc.assert(
      fc.property(
        cases(name).filter((one) => one.inputs.some(({ dtype }) => dtype === 'f32')),
        fc.integer(),
        (one, seed) => {
          const graph = graphOf(one)
          const outputs = graph.outputs.filter(({ type }) => isFloat(type.dtype))
          fc.pre(outputs.length > 0)
          const random = uniforms(seed)
          const weights = outputs.map(({ type }) => generated(type, () => 2 * random() - 1))
          const gradients = evaluate(reversed(graph), [...one.inputs, ...weights])
          for (const [k, i] of floatInputs(graph).entries())
            expect(farApart(gradients[k]!.data, differences(graph, one.inputs, weights, i), 1e-6)).toBeUndefined()
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('gradients of gradients: x^3 three times over', () => {
  const b = new Builder()
  const x = b.input(f32(), 'x')
  let graph = b.graph('cube', [b.emit(p.mul, [b.emit(p.mul, [x, x], {}), x], {})])
  const values = [8]
  for (let order = 1; order <= 4; order++) {
    const before = graph
    graph = built(`derivative ${order}`, before, (b, args) => {
      const { outputs, pull } = vjp(b, before, args, [0])
      return pull([b.emit(p.constant, [], { value: 1, shape: outputs[0]!.type.shape, dtype: 'f32' })])
    })
    values.push(evaluate(graph, [scalar(2)])[0]!.data[0]!)
  }
  expect(values).toEqual([8, 12, 12, 6, 0])
})

test('a gradient of the inner product with a gradient is a Hessian times a vector', () => {
  // f = sum(exp(x)): H v = exp(x) v
  const b = new Builder()
  const x = b.input(f32(3), 'x')
  const f = b.graph('f', [b.emit(p.sum, [b.emit(p.exp, [x], {})], { axes: [0] })])
  const slope = (() => {
    const c = new Builder()
    const [x, v] = [c.input(f32(3), 'x'), c.input(f32(3), 'v')]
    const { pull } = vjp(c, f, [x], [0])
    const [g] = pull([c.emit(p.constant, [], { value: 1, shape: [], dtype: 'f32' })])
    return c.graph('slope', [c.emit(p.dot, [g!, v], { batch: [], contract: [[0, 0]] })])
  })()
  const product = reversed(slope)
  const [at, v] = [dense([3], [0, 1, -2]), dense([3], [1, 2, 3])]
  const [hv] = evaluate(product, [at, v, scalar(1)])
  expect(
    farApart(
      hv!.data,
      [0, 1, 2].map((i) => Math.exp(at.data[i]!) * v.data[i]!),
      1e-14,
    ),
  ).toBeUndefined()
})

test('ties share the gradient', () => {
  const b = new Builder()
  const [x, y] = [b.input(f32(3), 'x'), b.input(f32(3), 'y')]
  const maximum = b.graph('maximum', [b.emit(p.maximum, [x, y], {})])
  const [dx, dy] = evaluate(reversed(maximum), [dense([3], [1, 2, 3]), dense([3], [1, 3, 2]), dense([3], [1, 1, 1])])
  expect([...dx!.data, ...dy!.data]).toEqual([0.5, 0, 1, 0.5, 1, 0])

  const c = new Builder()
  const z = c.input(f32(2, 4), 'z')
  const greatest = c.graph('greatest', [c.emit(p.reduceMax, [z], { axes: [1] })])
  const [dz] = evaluate(reversed(greatest), [dense([2, 4], [1, 2, 2, 0, 5, 5, 5, 5]), dense([2], [1, 4])])
  expect([...dz!.data]).toEqual([0, 0.5, 0.5, 0, 1, 1, 1, 1])
})

test('sigmoid and its gradient are finite far out', () => {
  const b = new Builder()
  const x = b.input(f32(4), 'x')
  const graph = b.graph('sigmoid', [b.emit(p.sigmoid, [x], {})])
  const at = dense([4], [-1e4, -800, 800, 1e4])
  expect([...evaluate(graph, [at])[0]!.data]).toEqual([0, 0, 1, 1])
  expect([...evaluate(reversed(graph), [at, dense([4], [1, 1, 1, 1])])[0]!.data]).toEqual([0, 0, 0, 0])
})

describe('the paths of gradients', () => {
  test('the same argument given twice is two inputs', () => {
    const b = new Builder()
    const [x, y] = [b.input(f32(), 'x'), b.input(f32(), 'y')]
    const product = b.graph('product', [b.emit(p.mul, [x, y], {})])
    const c = new Builder()
    const z = c.input(f32(), 'z')
    const { pull } = vjp(c, product, [z, z], [0])
    const graph = c.graph('g', pull([c.emit(p.constant, [], { value: 1, shape: [], dtype: 'f32' })]))
    expect(evaluate(graph, [scalar(5)])[0]!.data[0]).toBe(5)
  })

  test('a captured value is a constant, also where it is the argument', () => {
    const b = new Builder()
    const x = b.input(f32(), 'x')
    const inside = new Builder()
    const y = inside.input(f32(), 'y')
    const product = inside.graph('product', [inside.emit(p.mul, [x, y], {})])
    const { pull } = vjp(b, product, [x], [0])
    const graph = b.graph('g', pull([b.emit(p.constant, [], { value: 1, shape: [], dtype: 'f32' })]))
    expect(evaluate(graph, [scalar(5)])[0]!.data[0]).toBe(5)
  })

  test('integers and comparisons stop gradients, and where nothing flows there are zeros', () => {
    const b = new Builder()
    const [x, y] = [b.input(f32(2), 'x'), b.input(f32(2), 'y')]
    const bits = b.emit(p.cast, [x], { dtype: 'i32' })
    const back = b.emit(p.cast, [bits], { dtype: 'f32' })
    const chosen = b.emit(p.select, [b.emit(p.less, [x, y], {}), back, back], {})
    const graph = reversed(b.graph('f', [chosen]))
    const gradients = evaluate(graph, [dense([2], [1, 2]), dense([2], [2, 1]), dense([2], [1, 1])])
    expect(gradients.map(({ data }) => [...data])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(graph.equations.map(({ primitive }) => primitive.name).filter((name) => name === 'add')).toEqual([])
  })

  test('an output that is an input, or comes twice, passes all of its cotangents', () => {
    const b = new Builder()
    const x = b.input(f32(), 'x')
    const doubled = b.emit(p.add, [x, x], {})
    const graph = reversed(b.graph('f', [x, doubled, doubled]))
    expect(evaluate(graph, [scalar(1), scalar(1), scalar(10), scalar(100)])[0]!.data[0]).toBe(221)
  })

  test('a float result without a rule says why, and where', () => {
    const b = new Builder()
    const x = b.input(f32(), 'x')
    b.source = { scope: ['step', 'noise'], frame: () => ({ file: '/model/flow.ts', line: 12, column: 7 }) }
    const graph = b.graph('f', [b.emit(p.bitcast, [x], { dtype: 'f32' })])
    expect(() => reversed(graph)).toThrow(
      'gradient of bitcast: the bits of a number have no gradient (step > noise, at /model/flow.ts:12:7)',
    )
  })

  test('only floats can be differentiated by', () => {
    const b = new Builder()
    const n = b.input({ shape: [2], dtype: 'u32' }, 'key')
    const graph = b.graph('f', [b.emit(p.cast, [n], { dtype: 'f32' })])
    const c = new Builder()
    expect(() => vjp(c, graph, [c.input(n.type, 'key')], [0])).toThrow(
      "vjp of f: input 'key' is u32; only floats have gradients",
    )
  })

  test('cotangents must fit the outputs', () => {
    const b = new Builder()
    const x = b.input(f32(2), 'x')
    const graph = b.graph('f', [b.emit(p.exp, [x], {})])
    const c = new Builder()
    const { pull } = vjp(c, graph, [c.input(f32(2), 'x')], [0])
    expect(() => pull([c.input(f32(3), 'ct')])).toThrow("vjp of f: cotangents: 'exp' is f32[2] and is given f32[3]")
    expect(() => pull([])).toThrow('vjp of f: cotangents: 1 are needed and 0 are given')
  })
})

test('derived equations keep the line and say of what they are the gradient', () => {
  const b = new Builder()
  const x = b.input(f32(), 'x')
  const source = { scope: ['f'], frame: () => ({ file: 'flow.ts', line: 3, column: 1 }) }
  b.source = source
  const y = b.emit(p.exp, [x], {}, 'y')
  b.source = undefined
  const graph = reversed(b.graph('f', [b.emit(p.mul, [y, x], {}, 'z')]))
  verify(graph)
  const gradient = graph.equations.find(({ outputs }) => outputs[0]!.name === 'd_y')
  expect(gradient?.primitive.name).toBe('mul')
  expect(graph.equations.filter((equation) => equation.source === source).length).toBeGreaterThan(1)
})
