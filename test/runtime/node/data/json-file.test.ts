import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataError } from '../../../../runtime/data/index.ts'
import { bytesBefore, parseJson, placeOfItem } from '../../../../runtime/node/data/json-file.ts'

const offsetOf = (text: string, from?: number): number | undefined => {
  try {
    parseJson('file.json', text, from)
  } catch (error) {
    if (error instanceof DataError) return error.offset
    throw error
  }
  throw new Error('it is JSON')
}

test.each([
  ['', 0],
  ['  ', 2],
  ['{"a": 1', 7],
  ['{"a": 1,}', 8],
  ['{"é": [1, tru]}', 11],
  ['{"a" 1}', 5],
  ['{1: 2}', 1],
  ['[1 2]', 3],
  ['[1, 02]', 5],
  ['["a\nb"]', 1],
  ['[1] 2', 4],
  ['[}', 1],
  ['nul', 0],
  ['["\\u12x4"]', 1],
  ['["\\u1234\\n\\\\" 1]', 14],
  ['{"a": [true, "b"], "c": {}, "d" 5}', 32],
])('%j stops being JSON at byte %i', (text, offset) => {
  expect(offsetOf(text)).toBe(offset)
  expect(offsetOf(text, 100)).toBe(100 + offset)
})

test('what JSON.parse takes is taken; of what it does not, all before the place can be gone on with', () => {
  const spoiled = fc
    .tuple(
      fc.json({ maxDepth: 4 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('', ',', ']', '}', '"', 'x', '1', ' '),
    )
    .map(([text, where, more]) => {
      const at = Math.floor(where * text.length)
      return `${text.slice(0, at)}${more}${text.slice(at + 1)}`
    })
  fc.assert(
    fc.property(fc.oneof(fc.json(), spoiled), (text) => {
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        const offset = offsetOf(text)!
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThanOrEqual(Buffer.byteLength(text))
        return
      }
      expect(parseJson('file.json', text)).toEqual(value)
    }),
    { numRuns: 500 },
  )
  expect(offsetOf('['.repeat(200_000))).toBe(200_000)
  // An expression for a whole string would be too much for the stack.
  expect(offsetOf(`["${'a\\n'.repeat(2 ** 23)}`)).toBe(1)
  expect(offsetOf(`["${'a'.repeat(2 ** 24)}", x]`)).toBe(2 ** 24 + 5)
})

test('items of a list of numbers are found, and places are counted in bytes', () => {
  const text = '{"é": 1, "data": [ 0.5,\n 0.25,1 ]}'
  expect([0, 1, 2].map((index) => text.slice(placeOfItem(text, 'data', index)).match(/^[\d.]+/)![0])).toEqual([
    '0.5',
    '0.25',
    '1',
  ])
  expect(bytesBefore(text, placeOfItem(text, 'data', 0))).toBe(20)
})
