import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Equation, Graph, Type } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { verify } from '../../../compiler/ir/verify.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

function valid(): Graph {
  const b = new Builder()
  const x = b.input(f32(2), 'x')
  b.source = { scope: ['step'], frame: () => ({ file: 'flow.ts', line: 3, column: 1 }) }
  const y = b.emit(p.exp, [x], {}, 'y')
  return b.graph('f', [b.emit(p.add, [y, x], {}, 'z')])
}
const first = (graph: Graph, change: (equation: Equation) => Equation): Graph => ({
  ...graph,
  equations: [change(graph.equations[0]!), ...graph.equations.slice(1)],
})

test('a valid graph passes', () => {
  expect(() => verify(valid())).not.toThrow()
})

describe('what is wrong is said', () => {
  test('use before definition', () => {
    const graph = valid()
    expect(() => verify({ ...graph, equations: graph.equations.toReversed() })).toThrow(
      "graph f: equation 0 'z: f32[2] = add y x' (step, at flow.ts:3:1): reads 'y', which is not defined before it",
    )
  })

  test('two definitions', () => {
    const graph = valid()
    const twice = { ...graph, equations: [graph.equations[0]!, ...graph.equations] }
    expect(() => verify(twice)).toThrow(
      "equation 1 'y: f32[2] = exp x' (step, at flow.ts:3:1): defines 'y', which is defined already",
    )
    expect(() => verify({ ...graph, inputs: [...graph.inputs, ...graph.inputs] })).toThrow("input 'x' is listed twice")
  })

  test('types', () => {
    const wrong = first(valid(), (equation) => ({ ...equation, outputs: [{ type: f32(3), name: 'y' }] }))
    expect(() => verify(wrong)).toThrow("gives 'y' the type f32[3] where exp gives f32[2]")
    const none = first(valid(), (equation) => ({ ...equation, outputs: [] }))
    expect(() => verify(none)).toThrow('has 0 outputs where exp gives 1')
    const two = first(valid(), (equation) => ({ ...equation, inputs: [...equation.inputs, ...equation.inputs] }))
    expect(() => verify(two)).toThrow('exp(f32[2], f32[2]): takes 1 input and is given 2')
  })

  test('an output from nowhere', () => {
    const graph = valid()
    expect(() => verify({ ...graph, outputs: [{ type: f32(), name: 'loss' }] })).toThrow(
      "graph f: output 0 'loss' is not defined",
    )
  })
})

test('values of an enclosing graph must be named as such', () => {
  const outside = { type: f32(), name: 'outside' }
  const b = new Builder()
  const graph = b.graph('f', [b.emit(p.exp, [outside], {})])
  expect(() => verify(graph)).toThrow("reads 'outside'")
  expect(() => verify(graph, { free: new Set([outside]) })).not.toThrow()
})
