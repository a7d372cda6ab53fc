import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Builder } from '../../compiler/ir/builder.ts'
import { dense } from '../../compiler/ir/dense.ts'
import { evaluate } from '../../compiler/ir/evaluate.ts'
import type { DType, Graph } from '../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { baseline } from '../../runtime/capabilities.ts'
import { openCpu } from '../../runtime/cpu/device.ts'
import type { Device } from '../../runtime/device.ts'
import { openWebGpu } from '../../runtime/webgpu/index.ts'
import * as fc from '../fc.ts'
import { computing, missing } from '../runtime/webgpu/gpus.ts'
import { compileGraph, runOn } from './differential.ts'
import { near } from './random.ts'
import { forwarded, reversed } from './transform/apply.ts'

type Elementwise = Primitive<Record<string, never>>

const graphOf = (primitive: Elementwise, dtype: DType, arity: number, size: number): Graph => {
  const b = new Builder()
  const inputs = Array.from({ length: arity }, (_, i) => b.input({ shape: [size], dtype }, 'xy'[i]!))
  return b.graph(primitive.name, [b.emit(primitive, inputs, {})])
}

/** A primitive's results for arguments in columns. */
const applied = (primitive: Elementwise, dtype: DType, ...columns: readonly (readonly number[])[]): number[] => {
  const graph = graphOf(primitive, dtype, columns.length, columns[0]!.length)
  const [result] = evaluate(
    graph,
    columns.map((column) => dense([column.length], column, dtype)),
  )
  return [...result!.data]
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const least = -(2 ** 31)

describe('what the evaluator gives', () => {
  test('quotients and remainders of integers truncate, wrap, and are 0 where the divisor is', () => {
    expect(applied(p.div, 'i32', [7, -7, 7, -7, 5, least, least], [2, 2, -2, -2, 0, -1, 0])).toEqual([
      3,
      -3,
      -3,
      3,
      0,
      least,
      0,
    ])
    expect(applied(p.rem, 'i32', [7, -7, 7, -7, 5, least, least], [2, 2, -2, -2, 0, -1, 0])).toEqual([
      1, -1, 1, -1, 0, 0, 0,
    ])
    expect(applied(p.div, 'u32', [2 ** 32 - 1, 7, 7], [2, 2 ** 32 - 1, 0])).toEqual([2 ** 31 - 1, 0, 0])
    expect(applied(p.rem, 'u32', [2 ** 32 - 1, 7, 7], [2, 2 ** 32 - 1, 0])).toEqual([1, 7, 0])
  })

  test('x = y (x / y) + x % y for integers', () => {
    const i32 = fc.integer({ min: least, max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(fc.oneof(fc.nat(99), i32), fc.oneof(fc.integer({ min: -9, max: 9 }), i32), (x, y) => {
        fc.pre(y !== 0)
        const [q] = applied(p.div, 'i32', [x], [y])
        const [r] = applied(p.rem, 'i32', [x], [y])
        expect((Math.imul(q!, y) + r!) | 0).toBe(x)
        expect(Math.abs(r!)).toBeLessThan(Math.abs(y))
        expect(r === 0 || r! < 0 === x < 0).toBe(true)
      }),
    )
  })

  test('remainders of floats, with the sign of the dividend', () => {
    expect(applied(p.rem, 'f32', [5.5, -5.5, 5.5, 3, nan, 1], [2, 2, -2, inf, 1, 0])).toEqual([
      1.5,
      -1.5,
      1.5,
      3,
      nan,
      nan,
    ])
  })

  test('halves are rounded to even', () => {
    const x = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2.4, -2.6, 2 ** 52 + 1, inf, nan]
    expect(applied(p.round, 'f32', x)).toEqual([0, 2, 2, -0, -2, -2, 0, 2, -3, 2 ** 52 + 1, inf, nan])
  })

  test('powers as in C', () => {
    const x = [1, -1, -1, nan, 1, 0, -2, -8, 0, 4]
    const y = [nan, inf, -inf, 0, -inf, -3, 3, 1 / 3, 0, 0.5]
    expect(applied(p.pow, 'f32', x, y)).toEqual([1, 1, 1, 1, 1, inf, -8, nan, 1, 2])
  })

  test('sizes, comparisons and bits', () => {
    expect(applied(p.abs, 'i32', [-3, least, 4])).toEqual([3, least, 4])
    expect(applied(p.abs, 'f32', [-3.5, -inf, nan])).toEqual([3.5, inf, nan])
    expect(applied(p.equal, 'f32', [1, nan, 0, inf], [1, nan, -0, inf])).toEqual([1, 0, 1, 1])
    expect(applied(p.lessEqual, 'f32', [1, nan, 2], [1, 3, 1])).toEqual([1, 0, 0])
    expect(applied(p.minimum, 'f32', [1, nan, 2], [nan, 3, 1])).toEqual([nan, nan, 1])
    expect(applied(p.bitNot, 'u32', [0, 5])).toEqual([2 ** 32 - 1, 2 ** 32 - 6])
    expect(applied(p.bitNot, 'bool', [0, 1])).toEqual([1, 0])
    expect(applied(p.bitXor, 'bool', [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 1, 1, 0])
    expect(applied(p.shiftLeft, 'i32', [1, 3], [31, 4])).toEqual([least, 48])
  })

  test('erf: reference points, to 1e-15', () => {
    const points = [
      [1e-10, 1.1283791670955126e-10],
      [0.01, 0.011283415555849618],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [0.8, 0.7421009647076605],
      [1, 0.8427007929497149],
      [1.2, 0.9103139782296353],
      [1.5, 0.9661051464753108],
      [1.9, 0.9927904292352575],
      [2, 0.9953222650189527],
      [2.3, 0.9988568234026434],
      [2.49, 0.9995707121322661],
      [2.5, 0.999593047982555],
      [2.6, 0.9997639655834707],
      [3, 0.9999779095030014],
      [3.5, 0.9999992569016276],
      [4, 0.9999999845827421],
      [5, 0.9999999999984626],
      [7, 1],
    ]
    for (const [x, y] of points) {
      expect(Math.abs(applied(p.erf, 'f32', [x!])[0]! / y! - 1)).toBeLessThan(1e-15)
      expect(applied(p.erf, 'f32', [-x!])[0]).toBe(-applied(p.erf, 'f32', [x!])[0]!)
    }
    expect(applied(p.erf, 'f32', [0, inf, -inf, nan])).toEqual([0, 1, -1, nan])
  })
})

/** The gradients of a primitive's result, weighed by 1, at one point. */
const gradients = (primitive: Elementwise, ...at: number[]): number[] => {
  const one = (value: number): Dense => dense([1], [value])
  const graph = reversed(graphOf(primitive, 'f32', at.length, 1))
  return evaluate(graph, [...at.map(one), one(1)]).map(({ data }) => data[0]!)
}

describe('gradients where a formula alone would not do', () => {
  test.each<[string, Elementwise, number[], number[]]>([
    ['|x| at 0', p.abs, [0], [0]],
    ['|x| at infinity', p.abs, [-inf], [-1]],
    ['a tie of the lesser', p.minimum, [2, 2], [0.5, 0.5]],
    ['the lesser', p.minimum, [1, 2], [1, 0]],
    ['x^0 at 0', p.pow, [0, 0], [0, 0]],
    ['x^1 at 0', p.pow, [0, 1], [1, 0]],
    ['x^2 at 0', p.pow, [0, 2], [0, 0]],
    ['x^0 elsewhere', p.pow, [3, 0], [0, Math.log(3)]],
    ['x^3 below 0, of which the exponent has no gradient', p.pow, [-2, 3], [12, nan]],
    ['floor', p.floor, [1.5], [0]],
    ['round', p.round, [1.4], [0]],
    ['what is stopped', p.stopGradient, [1.4], [0]],
    ['a remainder', p.rem, [7.5, -2], [1, 3]],
    ['a remainder by infinity', p.rem, [7.5, inf], [1, 0]],
    ['atan far out', p.atan, [1e200], [0]],
    ['log1p near 0', p.log1p, [1e-20], [1]],
  ])('%s', (_, primitive, at, expected) => {
    const found = gradients(primitive, ...at).map((x) => x + 0)
    expect(found).toEqual(expected)
  })
})

describe('second derivatives agree with differences of first ones', () => {
  const away = fc.double({ min: 0.2, max: 0.9, noNaN: true })
  test.each<[string, Elementwise, number]>([
    ['log1p', p.log1p, 1],
    ['erf', p.erf, 1],
    ['tan', p.tan, 1],
    ['asin', p.asin, 1],
    ['acos', p.acos, 1],
    ['atan', p.atan, 1],
    ['pow', p.pow, 2],
    ['atan2', p.atan2, 2],
    ['rem', p.rem, 2],
    ['div', p.div, 2],
  ])('%s', (_, primitive, arity) => {
    const first = forwarded(graphOf(primitive, 'f32', arity, 1))
    const slope = { ...first, outputs: first.outputs.slice(1) }
    const second = reversed(slope)
    const list = fc.array(away, { minLength: 2 * arity, maxLength: 2 * arity })
    fc.assert(
      fc.property(list, (at) => {
        const values = (changed: readonly number[]) => changed.map((x) => dense([1], [x]))
        const found = evaluate(second, [...values(at), dense([1], [1])])
        for (let i = 0; i < at.length; i++) {
          const h = 1e-5
          const side = (by: number) => evaluate(slope, values(at.with(i, at[i]! + by)))[0]!.data[0]!
          // Across a jump of the remainder there is no difference to compare with.
          if (
            primitive.name === 'rem' &&
            Math.floor((at[0]! - h) / (at[1]! + h)) !== Math.floor((at[0]! + h) / (at[1]! - h))
          )
            continue
          expect(near(found[i]!.data[0]!, (side(h) - side(-h)) / (2 * h), 1e-6)).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })
})

const numbers: { readonly [D in 'i32' | 'u32' | 'bool' | 'f32']: readonly number[] } = {
  i32: [0, 1, -1, 2, -2, 3, 7, -7, 31, 100, 2 ** 31 - 1, -(2 ** 31 - 1), least, 0x55555555],
  u32: [0, 1, 2, 3, 7, 31, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1, 0xaaaaaaaa],
  bool: [0, 1],
  f32: [0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, 1, -1, 2 ** 23 + 1, -(2 ** 30), 2 ** 100, inf, -inf, nan],
}
const onDevices: readonly (readonly [
  name: string,
  primitive: Elementwise,
  dtypes: readonly (keyof typeof numbers)[],
  arity: 1 | 2,
])[] = [
  ['div', p.div, ['i32', 'u32'], 2],
  ['rem', p.rem, ['i32', 'u32'], 2],
  ['minimum', p.minimum, ['i32', 'u32', 'f32'], 2],
  ['maximum', p.maximum, ['i32', 'u32', 'f32'], 2],
  ['equal', p.equal, ['i32', 'u32', 'bool', 'f32'], 2],
  ['lessEqual', p.lessEqual, ['i32', 'u32', 'f32'], 2],
  ['bitAnd', p.bitAnd, ['i32', 'u32', 'bool'], 2],
  ['bitOr', p.bitOr, ['i32', 'u32', 'bool'], 2],
  ['bitXor', p.bitXor, ['i32', 'u32', 'bool'], 2],
  ['bitNot', p.bitNot, ['i32', 'u32', 'bool'], 1],
  ['shiftLeft', p.shiftLeft, ['i32', 'u32'], 2],
  ['shiftRight', p.shiftRight, ['i32', 'u32'], 2],
  ['abs', p.abs, ['i32', 'f32'], 1],
  ['floor', p.floor, ['f32'], 1],
  ['round', p.round, ['f32'], 1],
  ['stopGradient', p.stopGradient, ['i32', 'u32', 'bool', 'f32'], 1],
]

for (const [kind, open, skipped] of [
  ['the CPU', openCpu, false],
  ['the CPU without SIMD', () => openCpu({ simd: false }), false],
  ['a GPU', () => openWebGpu(computing.gpu!), missing(computing, 'elementwise primitives on a GPU')],
] as const)
  describe.skipIf(skipped)(`on ${kind}, all combinations of numbers at the ends of their types, exactly`, () => {
    let device: Device
    beforeAll(async () => {
      device = await open()
    })
    afterAll(() => device.dispose())

    test.each(onDevices)('%s', async (name, primitive, dtypes, arity) => {
      for (const dtype of dtypes) {
        const rows = numbers[dtype].flatMap((x) => (arity === 1 ? [[x]] : numbers[dtype].map((y) => [x, y])))
        const defined = name.startsWith('shift') ? rows.filter(([, by]) => by! >= 0 && by! <= 31) : rows
        // Several sizes: in lanes, with a tail, and alone.
        for (const size of [defined.length, 1]) {
          const inputs = Array.from({ length: arity }, (_, i) =>
            dense(
              [size],
              defined.slice(0, size).map((row) => row[i]!),
              dtype,
            ),
          )
          const graph = graphOf(primitive, dtype, arity, size)
          const [wanted] = evaluate(graph, inputs)
          const [got] = await runOn(
            device,
            compileGraph(graph, device.target, {}, { capabilities: { ...baseline, simd: device.capabilities.simd } }),
            inputs,
          )
          // The sign of a zero is not promised.
          for (const [k, value] of wanted!.data.entries())
            expect(got![k]! + 0, `${name} of ${dtype} ${defined[k]!.join(', ')}`).toBe(value + 0)
        }
      }
    })

    test('by a constant divisor: no trap, and the same quotients', async () => {
      for (const by of [0, 1, -1, 3, -3, least]) {
        const b = new Builder()
        const x = b.input({ shape: [numbers.i32.length], dtype: 'i32' }, 'x')
        const divisor = b.emit(p.constant, [], { value: by, shape: x.type.shape, dtype: 'i32' })
        const graph = b.graph('f', [b.emit(p.div, [x, divisor], {}), b.emit(p.rem, [x, divisor], {})])
        const input = dense(x.type.shape, numbers.i32, 'i32')
        const wanted = evaluate(graph, [input])
        const got = await runOn(
          device,
          compileGraph(graph, device.target, {}, { capabilities: { ...baseline, simd: device.capabilities.simd } }),
          [input],
        )
        for (const [i, { data }] of wanted.entries()) expect([...got[i]!]).toEqual([...data])
      }
    })
  })
