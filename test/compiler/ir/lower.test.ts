import { describe, expect, test } from 'vitest'
import { places, stridesOf } from '../../../compiler/ir/dense.ts'
import { sizeOf, type Type } from '../../../compiler/ir/graph.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import { scalarOf } from '../../../compiler/ir/primitives/type-rule.ts'
import type { Expr } from '../../../compiler/kernel/expr.ts'
import { partsOf, Scalars } from '../../../compiler/kernel/scalars.ts'
import * as fc from '../../fc.ts'
import { functions } from '../compile-traced.ts'
import { interpret } from '../expr-interpreter.ts'
import { farApart } from '../random.ts'
import { type Case, cases, names, primitiveOf } from './cases.ts'

const f32 = (...shape: number[]): Type => ({ shape, dtype: 'f32' })

/** The expression of each output's element at given loop indices, with the inputs as slots. */
function lowered(s: Scalars, { primitive, params, inputs }: Case, outputs: readonly Type[], index: readonly Expr[]) {
  const read = (k: number, at: readonly Expr[]) => {
    const strides = stridesOf(inputs[k]!.shape)
    const flat = at.reduce((sum, i, axis) => s.add(sum, s.mul(i, s.index(strides[axis]!))), s.index(0))
    return s.load(k, scalarOf(inputs[k]!.dtype), flat)
  }
  const { lower } = primitive
  if (lower.kind === 'map')
    return lower.scalar(
      s,
      inputs.map((_, k) => read(k, index)),
      { params, outputs },
    )
  if (lower.kind === 'index') return [lower.element(s, index, read, { params, inputs, output: outputs[0]! })]
  throw new Error(`${primitive.name} is not lowered element by element`)
}

/** All outputs computed by their expressions, element by element. */
function computed(one: Case, outputs: readonly Type[]): number[][] {
  const s = new Scalars()
  const { shape } = outputs[0]!
  const index = shape.map((size) => s.loop('i', size))
  if (sizeOf(shape) === 0) return outputs.map(() => [])
  const expressions = lowered(s, one, outputs, index)
  const load = (slot: number, at: number) => {
    const { data } = one.inputs[slot]!
    if (at < 0 || at >= data.length) throw new Error(`element ${at} of input ${slot}, which has ${data.length}`)
    return data[at]!
  }
  const coordinates = shape.map((_, axis) =>
    places(
      shape,
      shape.map((_, other) => Number(other === axis)),
    ),
  )
  return expressions.map((expr, k) => {
    expect(expr.dtype).toBe(scalarOf(outputs[k]!.dtype))
    return Array.from({ length: sizeOf(shape) }, (_, element) => {
      const variables = new Map(index.map((variable, axis) => [variable.name, coordinates[axis]![element]!]))
      return interpret(expr, { load, variables, functions })
    })
  })
}

const elementary = names.filter(
  (name) => primitiveOf(name).lower.kind === 'map' || primitiveOf(name).lower.kind === 'index',
)

describe('lowering computes what evaluate does', () => {
  test.each(elementary)('%s', (name) => {
    fc.assert(
      fc.property(cases(name), (one) => {
        const types = one.primitive.type(one.inputs, one.params)
        const expected = one.primitive.evaluate(one.inputs, one.params, types)
        for (const [k, data] of computed(one, types).entries())
          expect(farApart(data, expected[k]!.data, types[k]!.dtype === 'f32' ? 1e-6 : 0)).toBeUndefined()
      }),
    )
  })
})

test.each([
  ['sigmoid', [0, 0, 1, 1]],
  ['tanh', [-1, -1, 1, 1]],
] as const)('%s is finite in f32 far out', (name, expected) => {
  const s = new Scalars()
  const one = {
    primitive: primitiveOf(name),
    params: {},
    inputs: [{ ...f32(4), data: Float64Array.of(-1e4, -100, 100, 1e4) }],
  }
  const index = s.loop('i', 4)
  const [element] = lowered(s, one, [f32(4)], [index])
  const values = [0, 1, 2, 3].map((k) =>
    interpret(element!, {
      load: (_, at) => one.inputs[0]!.data[at]!,
      variables: new Map([[index.name, k]]),
      functions,
      rounded: true,
    }),
  )
  expect(values).toEqual(expected)
})

test('a concat of many parts chooses among them by halves', () => {
  const parts = 300
  const inputs = Array.from({ length: parts }, (_, k) => ({
    ...f32(k % 3),
    data: Float64Array.from({ length: k % 3 }, (_, i) => k + i / 4),
  }))
  const one = { primitive: primitiveOf('concat'), params: { axis: 0 }, inputs }
  const types = one.primitive.type(inputs, one.params)
  const expected = one.primitive.evaluate(inputs, one.params, types)
  expect(computed(one, types)).toEqual([[...expected[0]!.data]])
  const s = new Scalars()
  const depth = (expr: Expr): number =>
    Math.max(0, ...partsOf(expr).map(depth)) + Number(expr.kind === 'apply' && expr.op === 'select')
  const [element] = lowered(s, one, types, [s.loop('i', types[0]!.shape[0]!)])
  expect(depth(element!)).toBe(Math.ceil(Math.log2((parts * 2) / 3)))
})

test('reshape divides only where axes are split or joined', () => {
  /** The operators in the index at which a reshape reads its input. */
  const operators = (from: number[], to: number[]) => {
    const s = new Scalars()
    const found = new Set<string>()
    const walk = (expr: Expr) => {
      if (expr.kind === 'apply') found.add(expr.op)
      partsOf(expr).forEach(walk)
    }
    const { lower } = p.reshape
    if (lower.kind !== 'index') throw new Error('a reshape moves elements')
    const index = to.map((size) => s.loop('i', size))
    const read = (_: number, at: readonly Expr[]) => {
      at.forEach(walk)
      return s.constant(0, 'f32')
    }
    lower.element(s, index, read, { params: { shape: to }, inputs: [f32(...from)], output: f32(...to) })
    return found
  }
  for (const [from, to] of [
    [
      [5, 1, 7],
      [5, 7],
    ],
    [
      [5, 7],
      [1, 5, 1, 7, 1],
    ],
    [
      [6, 5],
      [2, 3, 5],
    ],
    [
      [4, 2, 15],
      [4, 2, 3, 5],
    ],
  ] as const) {
    const found = operators([...from], [...to])
    expect(found.has('div') || found.has('rem')).toBe(false)
  }
  expect(operators([2, 3, 4], [4, 3, 2]).has('div')).toBe(true)
})
