import { expect, test } from 'vitest'
import { dense, generated } from '../../../compiler/ir/dense.ts'
import { type Params, sizeOf, type Type } from '../../../compiler/ir/graph.ts'
import type { Dense, Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import * as fc from '../../fc.ts'
import { type Case, cases, type Name } from './cases.ts'

type Index = readonly number[]

/** Every index of a shape, in row-major order. */
const indicesOf = (shape: Index): Index[] =>
  shape.reduce<Index[]>(
    (found, size) => found.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )

/** The element of an array at an index; undefined where it has none. */
function at({ shape, data }: Dense, index: Index): number | undefined {
  if (index.some((i, axis) => !(Number.isInteger(i) && i >= 0 && i < shape[axis]!))) return undefined
  return data[index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0)]
}

/** Holds every application of a primitive to a formula for the element at an index. */
function agrees(name: Name, formula: (inputs: readonly Dense[], params: never, index: Index, output: Type) => number) {
  fc.assert(
    fc.property(cases(name), ({ primitive, inputs, params }: Case) => {
      const types = primitive.type(inputs, params)
      const [result] = primitive.evaluate(inputs, params, types)
      const expected = indicesOf(types[0]!.shape).map((index) => formula(inputs, params as never, index, types[0]!))
      expect([...result!.data].map((value) => value + 0)).toEqual(expected.map((value) => value + 0))
    }),
    { numRuns: 200 },
  )
}

const evaluated = <P extends Params>(primitive: Primitive<P>, inputs: readonly Dense[], params: P): Dense =>
  primitive.evaluate(inputs, params, primitive.type(inputs, params))[0]!

type Indexed = { axis: number; batch: number }

test('gather: the element that the index at its place names, or 0', () => {
  agrees('gather', ([x, indices], { axis, batch }: Indexed, index) => {
    const own = indices!.shape.length - batch
    const named = at(indices!, [...index.slice(0, batch), ...index.slice(axis, axis + own)])!
    return at(x!, [...index.slice(0, axis), named, ...index.slice(axis + own)]) ?? 0
  })
})

test('scatterAdd: the sum of the updates whose index is the place', () => {
  agrees('scatterAdd', ([updates, indices], { axis, batch }: Indexed, index, { dtype }) => {
    let total = 0
    for (const place of indicesOf(indices!.shape.slice(batch)))
      if (at(indices!, [...index.slice(0, batch), ...place]) === index[axis])
        total += at(updates!, [...index.slice(0, axis), ...place, ...index.slice(axis + 1)])!
    return dtype === 'i32' ? total | 0 : dtype === 'u32' ? total >>> 0 : total
  })
})

type Windows = { axis: number; at: number; stride: number; dilation: number }

test('skew: element k of window o', () => {
  agrees('skew', ([x], params: Windows, index) => {
    const place = index[params.axis]! * params.stride + index[params.at]! * params.dilation
    return at(x!, index.with(params.axis, place))!
  })
})

test('unskew: the window whose element k stands at i, or 0', () => {
  agrees('unskew', ([x], params: Windows, index) => {
    const window = (index[params.axis]! - index[params.at]! * params.dilation) / params.stride
    return at(x!, index.with(params.axis, window)) ?? 0
  })
})

test('flip: as far from the end as it was from the start', () => {
  agrees(
    'flip',
    ([x], { axes }: { axes: Index }, index) =>
      at(
        x!,
        index.map((i, axis) => (axes.includes(axis) ? x!.shape[axis]! - 1 - i : i)),
      )!,
  )
})

test('oneHot: 1 where the last index is the one that is named', () => {
  agrees('oneHot', ([indices], _, index) => Number(at(indices!, index.slice(0, -1)) === index.at(-1)))
})

test('literal: its numbers in order', () => {
  agrees(
    'literal',
    (_, { values }: { values: Index }, index, type) => at(dense(type.shape, values, type.dtype), index)!,
  )
})

test('cumsum: the sum of what stands before, or from here on', () => {
  agrees('cumsum', ([x], { axis, reverse }: { axis: number; reverse: boolean }, index, { dtype, shape }) => {
    const places = Array.from({ length: shape[axis]! }, (_, i) => i)
    const order = reverse ? places.toReversed() : places
    let total = 0
    for (const place of order.slice(0, order.indexOf(index[axis]!) + 1)) total += at(x!, index.with(axis, place))!
    return dtype === 'i32' ? total | 0 : dtype === 'u32' ? total >>> 0 : total
  })
})

test('argsort: a stable order of each row, NaN last', () => {
  agrees('argsort', ([x], _, index) => {
    const row = Array.from({ length: x!.shape.at(-1)! }, (_, i) => ({ i, value: at(x!, index.with(-1, i))! }))
    const numbers = row
      .filter(({ value }) => !Number.isNaN(value))
      .sort((a, b) => (a.value === b.value ? a.i - b.i : a.value < b.value ? -1 : 1))
    return [...numbers, ...row.filter(({ value }) => Number.isNaN(value))][index.at(-1)!]!.i
  })
})

test('the order of elements puts them in order, and both zeros are equal', () => {
  const x = dense([7], [0, 3, Number.NaN, -0, Number.NEGATIVE_INFINITY, 1e-40, Number.POSITIVE_INFINITY])
  expect([...evaluated(p.argsort, [x], {}).data]).toEqual([4, 0, 3, 5, 1, 6, 2])
})

test('products and sums of integers wrap at 32 bits', () => {
  const large = dense([2], [2 ** 31 - 1, 7], 'i32')
  const params = { batch: [], contract: [[0, 0]] } as const
  // (2^31 - 1)^2 = 2^62 - 2^32 + 1
  expect([...evaluated(p.dot, [large, large], params).data]).toEqual([50])
  const unsigned = dense([2], [2 ** 32 - 1, 2 ** 31], 'u32')
  expect([...evaluated(p.dot, [unsigned, unsigned], params).data]).toEqual([1])
})

test('the greatest of no integers is the least that there is', () => {
  const none = (dtype: 'i32' | 'u32' | 'f32') => evaluated(p.reduceMax, [dense([0, 2], [], dtype)], { axes: [0] }).data
  expect([...none('i32')]).toEqual([-(2 ** 31), -(2 ** 31)])
  expect([...none('u32')]).toEqual([0, 0])
  expect([...none('f32')]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
})

test('what an index out of range names is 0, not NaN, and takes no update', () => {
  const x = dense([2, 2], [1, 2, 3, 4])
  const indices = dense([4], [-1, 1, 2, 2 ** 31 - 1], 'i32')
  expect([...evaluated(p.gather, [x, indices], { axis: 0, batch: 0 }).data]).toEqual([0, 0, 3, 4, 0, 0, 0, 0])
  const ones = generated({ shape: [4], dtype: 'f32' }, () => 1)
  expect([...evaluated(p.scatterAdd, [ones, indices], { axis: 0, batch: 0, size: 3 }).data]).toEqual([0, 1, 1])
  expect(sizeOf(evaluated(p.gather, [dense([0, 2], []), indices], { axis: 0, batch: 0 }).shape)).toBe(8)
})
