import { expect, test } from 'vitest'
import { f32, program } from '../../dsl/index.ts'
import { array, arrays, evaluateProgram, matchers, shapes, tensors } from '../../testing/index.ts'
import * as fc from '../fc.ts'

expect.extend(matchers)

const message = (body: () => void): string => {
  try {
    body()
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing'
}

test('what is close passes, and what is not is told with its first element', () => {
  const some = shapes().chain((shape) => arrays(shape))
  fc.assert(
    fc.property(some, fc.nat(), (found, pick) => {
      expect(found).toBeCloseToTensor(found)
      expect(found).toEqualTensor(found)
      fc.pre(found.data.length > 0)
      const k = pick % found.data.length
      const near = array([...found.data].map((value, i) => (i >= k ? value + 1e-4 : value)) as number[], {
        shape: found.shape,
      })
      expect(near).toBeCloseToTensor(found, { absolute: 1.1e-4 })
      expect(near).not.toBeCloseToTensor(found, { absolute: 0.9e-4, relative: 0 })
      expect(near).not.toEqualTensor(found)
    }),
  )
  const expected = array([
    [1, 2, 3],
    [4, 5, 6],
  ])
  expect(
    message(() =>
      expect({
        a: {
          b: [
            [1, 2, 3],
            [4, 5.5, 7],
          ],
        },
      }).toBeCloseToTensor({ a: { b: expected } }),
    ),
  ).toBe(
    'the tensors differ\n  2 of 6 elements of [2, 3] differ, first a.b[1, 1]\n  a.b[1, 1] is 5.5, expected 5: off by 0.5, allowed 0.000005001',
  )
  expect(message(() => expect(expected).not.toEqualTensor(expected))).toBe('the tensors do not differ')
  expect(message(() => expect(3).toEqualTensor(4))).toBe(
    'the tensors differ\n  it is 3, expected 4: off by 1, allowed 0',
  )
})

test('shapes, dtypes and records are compared', () => {
  const text = (found: unknown, expected: unknown) =>
    message(() => expect(found).toEqualTensor(expected)).split('\n  ')[1]
  expect(text([1, 2], array([[1, 2]]))).toBe('it has the shape [2], expected [1, 2]')
  expect(text(array([1], { dtype: 'i32' }), array([1]))).toBe('it is i32, expected f32')
  expect(text({ a: [1] }, { a: [1], b: 2 })).toBe('b is missing')
  expect(text({ a: [1], b: 2 }, { a: [1] })).toBe('b is there, and is not expected')
  expect(text({ a: { c: 1 } }, { a: 1 })).toBe('a is a record, expected an array')
  expect(text(Float32Array.of(1, 2), [1, 2, 3])).toBe('it has 2 elements, expected 3')
  expect(Float32Array.of(1, 2)).toEqualTensor([[1, 2]])
  expect(array([])).toEqualTensor([])
  expect({ pair: [array([1]), array(2)] }).toEqualTensor({ pair: [[1], 2] })
  expect(message(() => expect('x').toEqualTensor('x'))).toContain('is neither an array nor a record')
})

test('NaN is as good as NaN unless asked otherwise', () => {
  expect([Number.NaN, 1]).toBeCloseToTensor([Number.NaN, 1])
  expect([Number.NaN]).not.toBeCloseToTensor([Number.NaN], { equalNaN: false })
  expect([Number.NaN]).not.toBeCloseToTensor([1])
  expect([1]).not.toBeCloseToTensor([Number.NaN])
  expect([Number.POSITIVE_INFINITY]).toEqualTensor([Number.POSITIVE_INFINITY])
  expect([Number.POSITIVE_INFINITY]).not.toBeCloseToTensor([Number.NEGATIVE_INFINITY])
})

test('in a property the report has the shrunk inputs and the element', () => {
  const twice = program({ x: f32('n') }, ({ x }) => x.maximum(0).add(x))
  const text = message(() =>
    fc.assert(
      fc.property(tensors(twice), ({ x }) => {
        expect(evaluateProgram(twice, { x })).toBeCloseToTensor(
          array(
            [...x.data].map((value) => 2 * value),
            { shape: x.shape },
          ),
        )
      }),
      { seed: 4, includeErrorInReport: true },
    ),
  )
  expect(text).toContain('Counterexample: [{"x":array([-1])}]')
  expect(text).toContain('it[0] is -1, expected -2: off by 1')
})
