import { describe, expect, test } from 'vitest'
import { bool, f32, i32, key, program, type Tensor, u32 } from '../../dsl/index.ts'
import {
  type Arrays,
  array,
  arrays,
  broadcasting,
  evaluateProgram,
  type NdArray,
  shapes,
  sizes,
  tensors,
} from '../../testing/index.ts'
import { is } from '../dsl/is.ts'
import { flowMatching } from '../dsl/listing.ts'
import * as fc from '../fc.ts'

const specs = { a: { x: f32('n', 'm', 2), k: i32('n') }, u: u32('m'), b: bool('n'), s: f32(), key: key() }

describe('inputs', () => {
  test('fit what is asked for, and each other', () => {
    fc.assert(
      fc.property(tensors(specs), ({ a, u, b, s, key }) => {
        const [n, m] = a.x.shape as [number, number, number]
        expect([a.x.shape, a.k.shape, u.shape, b.shape, s.shape, key.shape]).toEqual([[n, m, 2], [n], [m], [n], [], []])
        expect([a.x.data.length, key.data.length]).toEqual([n * m * 2, 2])
        expect(a.k.data.every((value) => Number.isInteger(value) && Math.abs(value) <= 5)).toBe(true)
        expect(u.data.every((value) => Number.isInteger(value) && value >= 0 && value <= 10)).toBe(true)
        expect(b.data.every((value) => value === 0 || value === 1)).toBe(true)
        expect(key.data.every((value) => value === value >>> 0)).toBe(true)
      }),
    )
  })

  test('have sizes 0, 1 and primes, and ties now and then', () => {
    const sample = fc.sample(tensors({ x: f32('n') }), { numRuns: 300, seed: 1 })
    expect([...new Set(sample.map(({ x }) => x.shape[0]!))].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const tied = sample.filter(({ x }) => new Set(x.data).size < x.data.length).length
    expect(tied).toBeGreaterThan(5)
    expect(tied).toBeLessThan(100)
  })

  test('stay within the ranges that are given, for inputs and for all below a path', () => {
    const ranged = tensors(specs, {
      dims: { n: 3, m: { min: 1, max: 2 } },
      values: { a: { min: 2 }, 'a.x': { min: 0, max: 1 }, s: { max: -1 } },
    })
    fc.assert(
      fc.property(ranged, ({ a, u, s }) => {
        expect([a.k.shape[0], u.shape[0] === 1 || u.shape[0] === 2]).toEqual([3, true])
        expect(a.x.data.every((value) => value >= 0 && value <= 1)).toBe(true)
        expect(a.k.data.every((value) => value >= 2 && Number.isInteger(value))).toBe(true)
        expect(s.data[0]).toBeLessThanOrEqual(-1)
      }),
    )
  })

  test('the size of a dim such as n+1 follows from n', () => {
    fc.assert(fc.property(tensors({ x: f32('n'), y: f32('n+1') }), ({ x, y }) => y.shape[0] === x.shape[0]! + 1))
  })

  test('shrink to small sizes, and to 0 and 1', () => {
    const shrunk = (fails: (x: NdArray) => boolean) => {
      const property = fc.property(tensors({ x: f32('n', 2), y: f32('n') }), ({ x }) => !fails(x))
      return fc.stringify(fc.check(property, { seed: 5, numRuns: 1000 }).counterexample![0])
    }
    expect(shrunk(({ shape }) => shape[0]! >= 3)).toBe('{"x":array([[0, 0], [0, 0], [0, 0]]),"y":array([0, 0, 0])}')
    expect(shrunk(({ data }) => data.some((value) => value > 0))).toBe('{"x":array([[0, 1]]),"y":array([0])}')
    expect(shrunk(({ data }) => data.some((value) => value < -1.2))).toBe('{"x":array([[0, -2]]),"y":array([0])}')
  })

  test('shrinking stays within ranges and shapes', () => {
    const ranged = tensors(specs, { dims: { n: { min: 2 } }, values: { a: { min: 1 } } })
    const seen: Arrays<{ x: Tensor<[]> }>['x'][] = []
    fc.check(
      fc.property(ranged, ({ a }) => {
        seen.push(a.x)
        expect(a.x.shape[0]).toBeGreaterThanOrEqual(2)
        expect(a.x.data.every((value) => value >= 1)).toBe(true)
        return a.x.data.length < 8
      }),
      { seed: 2 },
    )
    expect(seen.at(-1)!.shape[0]).toBeGreaterThanOrEqual(2)
    expect(seen.length).toBeGreaterThan(20)
  })

  test('with a batch axis before some of them, and at least one', () => {
    fc.assert(
      fc.property(tensors(specs, { batch: { min: 1, max: 3 } }), ({ a, u, b, s, key }) => {
        const batched = [
          [a.x, 3],
          [a.k, 1],
          [u, 1],
          [b, 1],
          [s, 0],
          [key, 0],
        ].flatMap(([leaf, rank]) => ((leaf as NdArray).shape.length > (rank as number) ? [leaf as NdArray] : []))
        expect(batched.length).toBeGreaterThan(0)
        expect(new Set(batched.map(({ shape }) => shape[0])).size).toBe(1)
      }),
    )
  })

  test('have the types of the program', () => {
    const [inputs] = fc.sample(tensors(flowMatching), 1)
    is<NdArray<'f32'>>()(inputs!.params[0].weight)
    is<NdArray<'f32'>>()(evaluateProgram(flowMatching, inputs!))
    is<NdArray<'i32'>>()(fc.sample(tensors(specs), 1)[0]!.a.k)
  })

  test('names that are not there are complained of', () => {
    expect(() => tensors(specs, { dims: { k: 2 } })).toThrow('type error: tensors: there is no dim k; there is n, m')
    expect(() => tensors(specs, { values: { z: {} } })).toThrow(
      'type error: tensors: there is no input z; there is a.x, a.k, u, b, s, key',
    )
    // @ts-expect-error: the program has no such dim
    expect(() => tensors(flowMatching, { dims: { m: 2 } })).toThrow('there is no dim m')
  })
})

test('an array prints as what makes it', () => {
  const dtype = fc.constantFrom('f32' as const, 'i32' as const, 'bool' as const, 'key' as const)
  const any = fc.tuple(shapes(), dtype).chain(([shape, dtype]) => arrays(shape, { dtype }))
  fc.assert(
    fc.property(any, (made) => {
      const again = new Function('array', `return ${fc.stringify(made)}`)(array) as NdArray
      expect(again).toEqual(made)
    }),
  )
  expect(() => array([[1, 2], [3]])).toThrow('shape error: array: a list has parts of shape [2] and [1]')
  expect(() => array([1, 2], { shape: [3] })).toThrow('shape error: array: [3] has 3 elements and 2 are given')
})

test('shapes broadcast to what they say', () => {
  const sum = (a: readonly number[], b: readonly number[]) =>
    program({ a: f32(...a), b: f32(...b) }, ({ a, b }) => a.add(b as never) as Tensor<number[]>)
  fc.assert(
    fc.property(broadcasting(), ({ a, b, shape }) => {
      const zeros = (of: readonly number[]) => fc.sample(arrays(of), 1)[0]!
      const added = evaluateProgram(sum(a, b), { a: zeros(a), b: zeros(b) } as never) as NdArray
      expect(added.shape).toEqual(shape)
    }),
  )
  const drawn = fc.sample(broadcasting(), { numRuns: 200, seed: 1 })
  expect(drawn.some(({ a, b }) => a.length < b.length)).toBe(true)
  expect(drawn.some(({ a, b }) => a.length === b.length && `${a}` !== `${b}`)).toBe(true)
  fc.assert(fc.property(sizes({ min: 2, max: 3 }), (size) => size === 2 || size === 3))
})

describe('evaluateProgram', () => {
  const loss = program(
    { x: f32('n', 2), w: { y: f32('n') }, k: i32() },
    ({ x, w, k }) => ({ loss: x.sum(1).mul(w.y).sum(), twice: k.add(k), part: [x, w.y] as const }),
    { name: 'loss' },
  )
  test('gives the tree of results, from arrays or from lists', () => {
    fc.assert(
      fc.property(tensors(loss), (inputs) => {
        const { loss: found, twice, part } = evaluateProgram(loss, inputs)
        const [x, y] = [inputs.x.data, inputs.w.y.data]
        const expected = y.reduce((sum, value, i) => sum + value * (x[2 * i]! + x[2 * i + 1]!), 0)
        expect(found.data[0]).toBeCloseTo(expected, 10)
        expect(twice).toEqual(array(2 * inputs.k.data[0]!, { dtype: 'i32' }))
        expect(part[0]).toEqual(inputs.x)
        expect(part[1]).toEqual(inputs.w.y)
      }),
    )
    expect(evaluateProgram(loss, { x: [[1, 2]], w: { y: [3] }, k: 4 }).loss).toEqual(array(9))
  })

  test('keys go in and come out as an author sees them', () => {
    const same = program({ key: key() }, ({ key }) => ({ key }))
    const words = array([1, 2], { dtype: 'key' })
    expect(words.shape).toEqual([])
    expect(evaluateProgram(same, { key: words })).toEqual({ key: words })
    expect(evaluateProgram(same, { key: [1, 2] })).toEqual({ key: words })
  })

  test.each([
    [{ x: [[1, 2]], w: { y: [3, 4] }, k: 4 }, 'shape error: n is 2 in w.y and 1 elsewhere'],
    [{ x: [1, 2], w: { y: [3] }, k: 4 }, 'shape error: x is [2], needs [n, 2]'],
    [{ x: [[1, 2, 3]], w: { y: [3] }, k: 4 }, 'shape error: x is [1, 3], needs [n, 2]'],
    [{ x: [[1, 2]], w: { y: [3] }, k: 4.5 }, 'dtype error: k has the element 4.5, which is not of i32'],
    [{ x: [[1, 2]], w: { y: [3] }, k: array(4) }, 'dtype error: k is f32, needs i32'],
    [{ x: [[1, 2]], w: {}, k: 4 }, 'type error: input w.y is missing'],
    [{ x: 'x', w: { y: [3] }, k: 4 }, 'type error: x is not an array; write array([...]) or lists of numbers'],
    [{ x: [[1, 2]], w: { y: [3] }, k: 4, z: 1 }, 'type error: there is no input z'],
  ])('says what does not fit: %#', (inputs, complaint) => {
    expect(() => evaluateProgram(loss, inputs as never)).toThrow(complaint)
  })
})
