import { describe, expect, test } from 'vitest'
import type { DType, Params, Type } from '../../../compiler/ir/graph.ts'
import type { Primitive } from '../../../compiler/ir/primitive.ts'
import * as p from '../../../compiler/ir/primitives/index.ts'
import * as fc from '../../fc.ts'
import { cases, names, primitiveOf } from './cases.ts'

const of = (dtype: DType, ...shape: number[]): Type => ({ shape, dtype })
const f32 = (...shape: number[]): Type => of('f32', ...shape)

describe('every record', () => {
  test.each(names)('%s', (name) => {
    const primitive = primitiveOf(name)
    expect(primitive.name).toBe(name)
    for (const rule of [primitive.reverse, primitive.forward, primitive.batch])
      if ('none' in rule) expect(rule.none).not.toBe('')
    fc.assert(
      fc.property(cases(name), ({ inputs, params }) => {
        const outputs = primitive.type(inputs, params)
        const values = primitive.evaluate(inputs, params, outputs)
        expect(values.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(outputs)
        for (const { shape, data } of values) expect(data.length).toBe(shape.reduce((n, size) => n * size, 1))
        expect(primitive.cost(inputs, outputs, params)).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a type rule says what does not fit', () => {
  const refuses = <P extends Params>(primitive: Primitive<P>, inputs: readonly Type[], params: P): string => {
    try {
      primitive.type(inputs, params)
    } catch (error) {
      return (error as Error).message
    }
    throw new Error(`${primitive.name} takes it`)
  }

  test.each<[string, string]>([
    [
      refuses(p.add, [f32(2), f32(3)], {}),
      'add(f32[2], f32[3]): the inputs must have equal shapes; broadcast them first',
    ],
    [refuses(p.add, [f32(2), of('u32', 2)], {}), 'add(f32[2], u32[2]): takes two inputs of one number dtype'],
    [refuses(p.add, [f32(2)], {}), 'add(f32[2]): takes 2 inputs and is given 1'],
    [refuses(p.exp, [of('i32', 2)], {}), 'exp(i32[2]): takes one input of a float dtype'],
    [
      refuses(p.select, [f32(), f32(), f32()], {}),
      'select(f32[], f32[], f32[]): takes a bool condition and two inputs of one dtype',
    ],
    [
      refuses(
        p.threefry,
        [0, 1, 2, 3].map(() => f32()),
        {},
      ),
      'threefry(f32[], f32[], f32[], f32[]): takes inputs of dtype u32',
    ],
    [refuses(p.bitcast, [of('bool')], { dtype: 'u32' }), 'bitcast(bool[]): takes and gives f32, i32 or u32'],
    [refuses(p.constant, [], { value: 0.5, shape: [], dtype: 'u32' }), 'constant(): 0.5 is not a number of dtype u32'],
    [refuses(p.iota, [], { shape: [3], axis: 1, dtype: 'u32' }), 'iota(): axis 1 is not an axis of [3]'],
    [
      refuses(p.broadcast, [f32(2)], { shape: [3, 4], axes: [1] }),
      'broadcast(f32[2]): does not fit axes [1] of [3, 4]',
    ],
    [
      refuses(p.broadcast, [f32(2, 3)], { shape: [3, 2], axes: [1, 0] }),
      'broadcast(f32[2, 3]): axes [1, 0] must increase and lie in 0 .. 1',
    ],
    [refuses(p.reshape, [f32(2, 3)], { shape: [4] }), 'reshape(f32[2, 3]): has 6 elements and [4] needs 4'],
    [
      refuses(p.transpose, [f32(2, 3)], { permutation: [0, 0] }),
      'transpose(f32[2, 3]): [0, 0] is not an order of its 2 axes',
    ],
    [
      refuses(p.slice, [f32(3)], { start: [1], stop: [4], step: [1] }),
      'slice(f32[3]): axis 0 has no range 1 .. 4 by 1: 0 <= start <= stop <= 3 and step >= 1 are needed',
    ],
    [refuses(p.pad, [f32(3)], { low: [-1], high: [0] }), 'pad(f32[3]): [-1] must be whole numbers from 0'],
    [refuses(p.pad, [f32(3)], { low: [], high: [0] }), 'pad(f32[3]): [] must have 1 numbers, one for each axis'],
    [
      refuses(p.concat, [f32(2, 3), f32(2, 4)], { axis: 0 }),
      'concat(f32[2, 3], f32[2, 4]): the inputs must have one dtype and equal shapes but for axis 0',
    ],
    [refuses(p.concat, [], { axis: 0 }), 'concat(): takes at least one input'],
    [refuses(p.sum, [f32(2)], { axes: [1] }), 'sum(f32[2]): axes [1] must increase and lie in 0 .. 0'],
    [refuses(p.sum, [of('bool', 2)], { axes: [0] }), 'sum(bool[2]): cannot fold bool'],
    [
      refuses(p.dot, [f32(2, 3), f32(4, 5)], { batch: [], contract: [[1, 0]] }),
      'dot(f32[2, 3], f32[4, 5]): axis 1 of the first has size 3 and axis 0 of the second 4',
    ],
    [
      refuses(p.dot, [f32(2), f32(2)], { batch: [[0, 0]], contract: [[0, 0]] }),
      'dot(f32[2], f32[2]): batch and contracting axes [0, 0] must be different axes of the first',
    ],
    [
      refuses(p.dot, [f32(2), of('i32', 2)], { batch: [], contract: [[0, 0]] }),
      'dot(f32[2], i32[2]): takes two inputs of one number dtype',
    ],
    [
      refuses(p.gather, [f32(3, 2), f32(4)], { axis: 0, batch: 0 }),
      'gather(f32[3, 2], f32[4]): the indices must be i32 or u32',
    ],
    [
      refuses(p.gather, [f32(3, 2), of('i32', 2)], { axis: 0, batch: 1 }),
      'gather(f32[3, 2], i32[2]): axis 0 is not an axis behind the 1 that are shared',
    ],
    [
      refuses(p.gather, [f32(3, 2), of('i32', 2)], { axis: 1, batch: 1 }),
      'gather(f32[3, 2], i32[2]): the first 1 axes must be the same',
    ],
    [
      refuses(p.gather, [f32(3), of('i32')], { axis: 1, batch: 1 }),
      'gather(f32[3], i32[]): the indices have no 1 leading axes',
    ],
    [
      refuses(p.scatterAdd, [f32(4, 2), of('i32', 3)], { axis: 0, batch: 0, size: 5 }),
      'scatterAdd(f32[4, 2], i32[3]): the updates must have the axes [3] of the indices at 0',
    ],
    [
      refuses(p.scatterAdd, [of('bool', 3), of('i32', 3)], { axis: 0, batch: 0, size: 5 }),
      'scatterAdd(bool[3], i32[3]): cannot add up bool',
    ],
    [refuses(p.oneHot, [f32(3)], { size: 5, dtype: 'f32' }), 'oneHot(f32[3]): the indices must be i32 or u32'],
    [refuses(p.flip, [f32(3)], { axes: [1] }), 'flip(f32[3]): axes [1] must increase and lie in 0 .. 0'],
    [
      refuses(p.skew, [f32(4, 3)], { axis: 0, at: 1, stride: 1, dilation: 1, size: 3 }),
      'skew(f32[4, 3]): 3 windows of 3, 1 apart and dilated by 1, need 5 elements and there are 4',
    ],
    [
      refuses(p.unskew, [f32(3, 3)], { axis: 0, at: 1, stride: 2, dilation: 1, size: 6 }),
      'unskew(f32[3, 3]): 3 windows of 3, 2 apart and dilated by 1, need 7 elements and there are 6',
    ],
    [
      refuses(p.skew, [f32(4, 3)], { axis: 1, at: 1, stride: 1, dilation: 1, size: 1 }),
      'skew(f32[4, 3]): 1 and 1 must be two axes of the input',
    ],
    [
      refuses(p.skew, [f32(4, 3)], { axis: 0, at: 1, stride: 0, dilation: 1, size: 1 }),
      'skew(f32[4, 3]): stride 0 and dilation 1 must be at least 1',
    ],
    [refuses(p.argsort, [f32()], {}), 'argsort(f32[]): a scalar has no axis to sort along'],
    [refuses(p.argsort, [of('bool', 2)], {}), 'argsort(bool[2]): takes one input of a number dtype'],
    [refuses(p.cumsum, [of('bool', 2)], { axis: 0, reverse: false }), 'cumsum(bool[2]): cannot add up bool'],
    [
      refuses(p.literal, [], { values: [1, 2, 3], shape: [2, 2], dtype: 'f32' }),
      'literal(): [2, 2] has 4 elements and 3 are given',
    ],
    [
      refuses(p.literal, [], { values: [1, 0.5], shape: [2], dtype: 'i32' }),
      'literal(): 0.5 is not a number of dtype i32',
    ],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected)
  })
})

test('multiplications are counted twice, once for their addition', () => {
  const [a, b] = [f32(4, 2, 3), f32(4, 3, 5)]
  const params = { batch: [[0, 0]], contract: [[2, 1]] } as const
  expect(p.dot.cost([a, b], p.dot.type([a, b], params), params)).toBe(2 * 4 * 2 * 3 * 5)
  expect(p.sum.cost([a], p.sum.type([a], { axes: [0] }), { axes: [0] })).toBe(24)
})
