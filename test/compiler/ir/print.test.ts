import { expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import type { Source } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { printGraph } from '../../../compiler/ir/print.ts'

const line = (line: number): Source => ({
  scope: ['layer'],
  frame: () => ({ file: '/models/flow.ts', line, column: 3 }),
})

function layer() {
  const b = new Builder()
  const [x, w, bias] = [
    b.input({ shape: [4, 3], dtype: 'f32' }, 'x'),
    b.input({ shape: [3, 2], dtype: 'f32' }, 'params.weight'),
    b.input({ shape: [2], dtype: 'f32' }, 'params.bias'),
  ]
  const times = b.from(line(7), () => b.emit(p.dot, [x, w], { batch: [], contract: [[1, 0]] }))
  const y = b.from(line(7), () =>
    b.emit(p.add, [times, b.emit(p.broadcast, [bias], { shape: [4, 2], axes: [1] })], {}, 'y'),
  )
  const half = b.emit(p.constant, [], { value: 0.5, shape: [4, 2], dtype: 'f32' }, 'half')
  const scaled = b.from(line(12), () => b.emit(p.mul, [y, half], {}, 'y'))
  const mean = b.from(line(12), () => b.emit(p.sum, [scaled], { axes: [0, 1] }))
  return b.graph('layer', [scaled, mean])
}

test('a graph reads as text', () => {
  expect(printGraph(layer())).toMatchInlineSnapshot(`
    "layer(x: f32[4, 3], params.weight: f32[3, 2], params.bias: f32[2])
      dot: f32[4, 2] = dot x params.weight contract=[[1, 0]]
      broadcast: f32[4, 2] = broadcast params.bias axes=[1]
      y: f32[4, 2] = add dot broadcast
      half: f32[4, 2] = constant value=0.5
      y_2: f32[4, 2] = mul y half
      sum: f32[] = sum y_2 axes=[0, 1]
      return y_2, sum"
  `)
})

test('and with the author’s lines', () => {
  expect(printGraph(layer(), { sources: true })).toMatchInlineSnapshot(`
    "layer(x: f32[4, 3], params.weight: f32[3, 2], params.bias: f32[2])
      dot: f32[4, 2] = dot x params.weight contract=[[1, 0]]  # flow.ts:7
      broadcast: f32[4, 2] = broadcast params.bias axes=[1]   # flow.ts:7
      y: f32[4, 2] = add dot broadcast                        # flow.ts:7
      half: f32[4, 2] = constant value=0.5
      y_2: f32[4, 2] = mul y half                             # flow.ts:12
      sum: f32[] = sum y_2 axes=[0, 1]                        # flow.ts:12
      return y_2, sum"
  `)
})

test('names are unique whatever they are', () => {
  const b = new Builder()
  const names = ['a', 'a_2', 'a', 'a']
  const values = names.map((name) => b.input({ shape: [], dtype: 'bool' }, name))
  expect(printGraph(b.graph('f', values))).toBe(
    'f(a: bool[], a_2: bool[], a_3: bool[], a_4: bool[])\n  return a, a_2, a_3, a_4',
  )
})
