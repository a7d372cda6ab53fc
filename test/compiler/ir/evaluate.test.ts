import { describe, expect, test } from 'vitest'
import { Builder } from '../../../compiler/ir/builder.ts'
import { dense } from '../../../compiler/ir/dense.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { DType, Params, Type } from '../../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import * as fc from '../../fc.ts'
import { farApart } from '../random.ts'
import { cases } from './cases.ts'

/** A primitive applied to arrays: the elements of its outputs. */
function apply<P extends Params>(primitive: Primitive<P>, inputs: readonly Dense[], params: P): number[][] {
  return primitive.evaluate(inputs, params, primitive.type(inputs, params)).map(({ data }) => [...data])
}
const of = (dtype: DType, ...values: number[]): Dense => dense([values.length], values, dtype)
const grid = (rows: number, columns: number): Dense =>
  dense(
    [rows, columns],
    Array.from({ length: rows * columns }, (_, k) => k),
  )

test('threefry gives the published numbers', () => {
  const vectors = [
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ]
  const column = (k: number) => of('u32', ...vectors.map((vector) => vector[k]!))
  expect(apply(p.threefry, [0, 1, 2, 3].map(column), {})).toEqual([4, 5].map((k) => [...column(k).data]))
})

describe('erfInv', () => {
  /** erf by its series for small x and the continued fraction of erfc beyond (A&S 7.1.6, 7.1.14). */
  const erf = (x: number): number => {
    if (Math.abs(x) > 2.5) {
      let fraction = 0
      for (let k = 200; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction)
      return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.abs(x) + fraction) / Math.sqrt(Math.PI))
    }
    let [term, total] = [x, x]
    for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(total); k++) {
      term *= (2 * x * x) / (2 * k + 1)
      total += term
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
  }

  test('reference points', () => {
    const points = [
      [1e-10, 8.862269254527581e-11],
      [0.001, 0.0008862271574665521],
      [0.1, 0.08885599049425769],
      [0.25, 0.2253120550121781],
      [0.5, 0.4769362762044699],
      [0.8, 0.9061938024368233],
      [0.85, 1.0179024648320276],
      [0.86, 1.0435418436397588],
      [0.9, 1.1630871536766743],
      [0.99, 1.8213863677184494],
      [0.9999, 2.75106390571208],
      [1 - 2 ** -30, 4.328028275800946],
      [1 - 2 ** -50, 5.686128441310391],
    ]
    for (const [x, y] of points) {
      expect(Math.abs(apply(p.erfInv, [of('f32', x!)], {})[0]![0]! / y! - 1)).toBeLessThan(1e-14)
      expect(apply(p.erfInv, [of('f32', -x!)], {})[0]![0]!).toBe(-apply(p.erfInv, [of('f32', x!)], {})[0]![0]!)
    }
  })

  test('is the inverse of erf', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true, minExcluded: true, maxExcluded: true }), (x) => {
        expect(Math.abs(erf(apply(p.erfInv, [of('f32', x)], {})[0]![0]!) - x)).toBeLessThanOrEqual(
          1e-14 * Math.abs(x) + 1e-320,
        )
      }),
      { numRuns: 1000 },
    )
  })

  test('its ends', () => {
    expect(apply(p.erfInv, [of('f32', -1, 1, 2, Number.NaN, 0)], {})[0]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      Number.NaN,
      0,
    ])
  })
})

/** total + a b; of integers exactly, and then the lowest 32 bits of it. */
function plusProduct(dtype: DType, total: number, a: number, b: number): number {
  if (dtype === 'f32') return total + a * b
  const exact = BigInt(total) + BigInt(a) * BigInt(b)
  return Number(dtype === 'i32' ? BigInt.asIntN(32, exact) : BigInt.asUintN(32, exact))
}

test('dot is a sum over the contracting axes', () => {
  fc.assert(
    fc.property(cases('dot'), ({ inputs, params }) => {
      const { batch, contract } = params as { batch: [number, number][]; contract: [number, number][] }
      const [a, b] = inputs as [Dense, Dense]
      const [output] = p.dot.type(inputs, { batch, contract })
      // Loops over every index of both operands and keeps the pairs that agree.
      const indices = ({ shape }: Type): number[][] =>
        shape.reduce<number[][]>(
          (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, k) => [...index, k])),
          [[]],
        )
      const free = (type: Type, side: 0 | 1) =>
        [...type.shape.keys()].filter((axis) => ![...batch, ...contract].some((pair) => pair[side] === axis))
      const outputs = new Map(indices(output!).map((index) => [index.join(), 0]))
      for (const [i, at] of indices(a).entries())
        for (const [j, to] of indices(b).entries()) {
          if (![...batch, ...contract].every(([s, t]) => at[s] === to[t])) continue
          const index = [
            ...batch.map(([s]) => at[s]),
            ...free(a, 0).map((s) => at[s]),
            ...free(b, 1).map((t) => to[t]),
          ].join()
          outputs.set(index, plusProduct(a.dtype, outputs.get(index)!, a.data[i]!, b.data[j]!))
        }
      expect(farApart(apply(p.dot, inputs, { batch, contract })[0]!, [...outputs.values()], 1e-13)).toBeUndefined()
    }),
  )
})

test('integers wrap at 32 bits', () => {
  const [a, b] = [of('u32', 0xffffffff, 0x80000001, 3), of('u32', 2, 0x10003, 5)]
  expect(apply(p.add, [a, b], {})).toEqual([[1, 0x80010004, 8]])
  expect(apply(p.sub, [a, b], {})).toEqual([[0xfffffffd, 0x7ffefffe, 0xfffffffe]])
  expect(apply(p.mul, [a, b], {})).toEqual([[0xfffffffe, 0x80010003, 15]])
  expect(apply(p.mul, [of('i32', 0x7fffffff), of('i32', 2)], {})).toEqual([[-2]])
  expect(apply(p.sum, [of('u32', 0xffffffff, 2)], { axes: [0] })).toEqual([[1]])
  expect(apply(p.shiftRight, [of('u32', 0x80000000), of('u32', 31)], {})).toEqual([[1]])
  expect(apply(p.shiftRight, [of('i32', -8), of('i32', 1)], {})).toEqual([[-4]])
  expect(apply(p.bitOr, [of('u32', 0x80000000), of('u32', 1)], {})).toEqual([[0x80000001]])
  expect(apply(p.maximum, [of('u32', 0x80000000), of('u32', 1)], {})).toEqual([[0x80000000]])
})

test('casts truncate, clamp and wrap; bitcasts keep the bits', () => {
  const to = (dtype: DType, from: Dense) => apply(p.cast, [from], { dtype })[0]
  expect(to('i32', of('f32', 1.9, -1.9, 3e9, -3e9, Number.NaN))).toEqual([1, -1, 2147483647, -2147483648, 0])
  expect(to('u32', of('f32', 1.9, -1.9, 5e9))).toEqual([1, 0, 4294967295])
  expect(to('i32', of('u32', 0xffffffff))).toEqual([-1])
  expect(to('u32', of('i32', -1))).toEqual([0xffffffff])
  expect(to('bool', of('f32', 0, 0.1, Number.NaN))).toEqual([0, 1, 1])
  expect(to('f32', of('bool', 0, 1))).toEqual([0, 1])
  expect(apply(p.bitcast, [of('u32', 0x3f800000, 0x40490fdb)], { dtype: 'f32' })).toEqual([[1, Math.fround(Math.PI)]])
  expect(apply(p.bitcast, [of('f32', -0, 1)], { dtype: 'u32' })).toEqual([[0x80000000, 0x3f800000]])
  expect(apply(p.bitcast, [of('u32', 0xffffffff)], { dtype: 'i32' })).toEqual([[-1]])
})

test('moves of elements', () => {
  expect(apply(p.broadcast, [of('f32', 1, 2)], { shape: [2, 3], axes: [0] })).toEqual([[1, 1, 1, 2, 2, 2]])
  expect(apply(p.broadcast, [dense([1, 2], [1, 2])], { shape: [2, 2], axes: [0, 1] })).toEqual([[1, 2, 1, 2]])
  expect(apply(p.transpose, [grid(2, 3)], { permutation: [1, 0] })).toEqual([[0, 3, 1, 4, 2, 5]])
  expect(apply(p.slice, [grid(3, 4)], { start: [0, 1], stop: [3, 4], step: [2, 2] })).toEqual([[1, 3, 9, 11]])
  expect(apply(p.pad, [of('f32', 1, 2)], { low: [1], high: [2] })).toEqual([[0, 1, 2, 0, 0]])
  expect(apply(p.concat, [grid(2, 1), grid(2, 2)], { axis: 1 })).toEqual([[0, 0, 1, 1, 2, 3]])
  expect(apply(p.iota, [], { shape: [2, 3], axis: 1, dtype: 'u32' })).toEqual([[0, 1, 2, 0, 1, 2]])
  expect(apply(p.reshape, [grid(2, 3)], { shape: [3, 2] })).toEqual([[0, 1, 2, 3, 4, 5]])
})

test('folds of nothing', () => {
  expect(apply(p.sum, [dense([0, 2], [])], { axes: [0] })).toEqual([[0, 0]])
  expect(apply(p.reduceMax, [dense([0], [])], { axes: [0] })).toEqual([[Number.NEGATIVE_INFINITY]])
  expect(apply(p.sum, [grid(2, 3)], { axes: [1] })).toEqual([[3, 12]])
  expect(apply(p.reduceMax, [grid(2, 3)], { axes: [0, 1] })).toEqual([[5]])
})

describe('evaluate', () => {
  const b = new Builder()
  const x = b.input({ shape: [2], dtype: 'f32' }, 'x')
  const graph = b.graph('f', [b.emit(p.exp, [x], {})])

  test('refuses inputs that do not fit', () => {
    expect(() => evaluate(graph, [])).toThrow('evaluate f: takes 1 inputs and is given 0')
    expect(() => evaluate(graph, [dense([3], [1, 2, 3])])).toThrow(
      "evaluate f: input 'x' is f32[2] and is given f32[3]",
    )
    expect(() => dense([3], [1])).toThrow('dense: [3] has 3 elements and 1 are given')
  })

  test('refuses values from outside', () => {
    const c = new Builder()
    const open = c.graph('open', [c.emit(p.exp, [x], {})])
    expect(() => evaluate(open, [])).toThrow("evaluate open: 'x' has no value")
  })
})
