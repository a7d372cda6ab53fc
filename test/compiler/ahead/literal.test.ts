import { expect, test } from 'vitest'
import { literal } from '../../../compiler/ahead/literal.ts'
import * as fc from '../../fc.ts'

/** What JavaScript reads. */
const read = (text: string): unknown => new Function(`return ${text}`)()

const texts = fc
  .array(fc.constantFrom('a', '`', '$', '{', '}', '\\', '\n', '\r', '"', "'", '\u2028', '\0', '$' + '{'))
  .map((parts) => parts.join(''))

test('data that is written and read is the same', () => {
  const data = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      texts,
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, false, -0),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('a', '0', '__proto__', 'if', 'two words')), tie('any'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).any
  fc.assert(
    fc.property(data, (value) => {
      const found = read(literal(value))
      expect(found).toEqual(value)
      // In the same order, too.
      expect(JSON.stringify(found)).toBe(JSON.stringify(value))
    }),
  )
})

test('it reads well: short records in a line, long ones in several, texts as they are', () => {
  expect(literal({ a: [1, 2], 'b c': null, left: undefined })).toBe('{ a: [1, 2], "b c": null }')
  expect(literal({ code: '// k\nfn main() {}\n' })).toBe('{\n  code: `// k\nfn main() {}\n`,\n}')
  expect(literal(['x'.repeat(60), 'y'.repeat(60)])).toBe(`[\n  "${'x'.repeat(60)}",\n  "${'y'.repeat(60)}",\n]`)
})

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [() => 1], [new Uint8Array(2)], [new Map()]])(
  '%s is no data',
  (value) => {
    expect(() => literal({ value: [value] })).toThrow('is no plain data')
  },
)
