import { expect, test } from 'vitest'
import { certainIn, reached } from '../../../cli/check/graph-uses.ts'
import { Builder } from '../../../compiler/ir/builder.ts'
import { filled } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import type { Dense } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { randomControl } from '../../compiler/transform/random-control.ts'
import { randomGraph } from '../../compiler/transform/random-graph.ts'
import * as fc from '../../fc.ts'

/** The graph with every value of it as an output, of one shape or another. */
const exposed = (graph: Graph): Graph => ({
  ...graph,
  outputs: [...graph.inputs, ...graph.equations.flatMap(({ outputs }) => outputs)],
})

const random = (numbers: readonly number[]): (() => number) => {
  let next = 0
  return () => numbers[next++ % numbers.length]! / 2 ** 20
}
const streams = fc.array(fc.nat(2 ** 20 - 1), { minLength: 50, maxLength: 200 })

interface Found {
  readonly zeros: number
  readonly twins: number
}

/** Holds what is certain of a graph, given that some of its inputs are zero, against what its values are. */
function certainHolds({ graph, inputs }: { graph: Graph; inputs: readonly Dense[] }, none: readonly number[]): Found {
  const all = exposed(graph)
  const given = inputs.map((input, i) => (none.includes(i) ? filled(input, 0) : input))
  const values = new Map(evaluate(all, given).map((dense, i) => [all.outputs[i]!, dense.data]))
  const certain = certainIn(
    all,
    graph.inputs.filter((_, i) => none.includes(i)),
  )
  const numbers = (value: Value): readonly number[] => [...values.get(value)!].map((x) => x + 0)
  const made = graph.equations.flatMap(({ outputs }) => outputs)
  const zeros = made.filter((value) => certain.isZero(value))
  // 0 times infinity counts as 0: a gradient that is NaN is none either.
  for (const value of zeros) expect(numbers(value).every((x) => x === 0 || Number.isNaN(x))).toBe(true)
  for (const value of made.filter((value) => certain.isOne(value)))
    expect(numbers(value).every((x) => x === 1)).toBe(true)
  const twins = made.filter((value) => certain.same(value) !== value)
  for (const value of twins) expect(numbers(value)).toEqual(numbers(certain.same(value)))
  return { zeros: zeros.length, twins: twins.length }
}

test.each([
  ['of equations', (random: () => number) => randomGraph(random, 40)],
  ['of loops and branches', randomControl],
])('what is certainly zero is zero, and what is the same is equal, whatever the other inputs are: %s', (_, make) => {
  let zeros = 0
  let twins = 0
  fc.assert(
    fc.property(streams, fc.subarray([0, 1, 2, 4]), (numbers, none) => {
      const found = certainHolds(make(random(numbers)), none)
      zeros += found.zeros
      twins += found.twins
    }),
  )
  expect(Math.min(zeros, twins)).toBeGreaterThan(30)
})

test('what is reached is what an output changes with, and no output needs the rest', () => {
  fc.assert(
    fc.property(streams, (numbers) => {
      const { graph, inputs } = randomGraph(random(numbers), 30)
      const needed = reached(graph)
      const without: Graph = {
        ...graph,
        equations: graph.equations.filter(({ outputs }) => outputs.some((one) => needed.has(one))),
      }
      const others = inputs.map((input, i) => (needed.has(graph.inputs[i]!) ? input : filled(input, 1)))
      expect(evaluate(without, others)).toEqual(evaluate(graph, inputs))
    }),
  )
})

test('what is not reached of a loop or a branch changes no output', () => {
  let unused = 0
  fc.assert(
    fc.property(streams, (numbers) => {
      const { graph: whole, inputs } = randomControl(random(numbers))
      const graph = { ...whole, outputs: whole.outputs.filter((_, i) => i % 2 === 0) }
      const needed = reached(graph)
      const others = inputs.map((input, i) => (needed.has(graph.inputs[i]!) ? input : filled(input, 1)))
      unused += others.filter((other, i) => other !== inputs[i]).length
      expect(evaluate(graph, others)).toEqual(evaluate(graph, inputs))
    }),
  )
  expect(unused).toBeGreaterThan(50)
})

test('a step of gradient descent with no gradient is no step', () => {
  const b = new Builder()
  const type = { shape: [2], dtype: 'f32' } as const
  const [w, m, g] = ['w', 'm', 'g'].map((name) => b.input(type, name)) as [Value, Value, Value]
  const constant = (value: number): Value => b.emit(p.constant, [], { value, ...type })
  const mean = b.emit(p.add, [b.emit(p.mul, [m, constant(0.9)], {}), b.emit(p.mul, [g, constant(0.1)], {})], {})
  const next = b.emit(p.sub, [w, b.emit(p.mul, [mean, constant(0.5)], {})], {})
  const graph = b.graph('step', [next, mean])
  expect(certainIn(graph, [m, g]).same(next)).toBe(w)
  expect(certainIn(graph, [m, g]).isZero(mean)).toBe(true)
  expect(certainIn(graph, [m]).same(next)).toBe(next)
})
