import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCsv } from '../../../runtime/data/csv.ts'
import { asyncProperty } from '../../fc.ts'
import { fuzz, problemOf } from './fuzz.ts'
import { gzipFile, joined } from './writers.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const all = (size: number) => Uint32Array.from({ length: size }, (_, i) => i)

const words = ['one', 'a "quoted" one', 'with, comma', 'in two\nlines', 'größer', '']
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

interface Row {
  readonly x: number
  readonly y: number
  readonly count: number
  readonly word: number
}
/** Without -0, which JavaScript writes as 0. */
const number = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const rows: fc.Arbitrary<readonly Row[]> = fc.array(
  fc.record({
    x: number,
    y: number,
    count: fc.integer(),
    word: fc.nat({ max: words.length - 1 }),
  }),
  { maxLength: 20 },
)
const forms = fc.record({
  end: fc.constantFrom('\n', '\r\n'),
  last: fc.boolean(),
  mark: fc.boolean(),
  compressed: fc.boolean(),
})
type Form = typeof forms extends fc.Arbitrary<infer F> ? F : never

function csvFile(rows: readonly Row[], { end, last, mark, compressed }: Form): Uint8Array {
  const lines = rows.map(({ x, y, count, word }) => [`${y}`, field(words[word]!), `${x}`, `${count}`].join(','))
  const text = ['y,word,x,"count"', ...lines].join(end) + (last ? end : '')
  const file = joined(mark ? [0xef, 0xbb, 0xbf] : [], utf8(text))
  return compressed ? gzipFile(file) : file
}

const columns = {
  point: { from: ['x', 'y'] },
  count: { dtype: 'i32' },
  kind: { from: 'word', labels: words },
} as const

test('what was written is read', () =>
  fc.assert(
    asyncProperty(rows, forms, async (rows, form) => {
      const read = await parseCsv(csvFile(rows, form), 'file', { columns })
      expect(read.columns).toEqual({
        point: { shape: [2], dtype: 'f32' },
        count: { shape: [], dtype: 'i32' },
        kind: { shape: [], dtype: 'u32' },
      })
      expect(await read.rows(all(rows.length))).toEqual({
        point: Float32Array.from(rows.flatMap(({ x, y }) => [x, y])),
        count: Int32Array.from(rows, ({ count }) => count),
        kind: Uint32Array.from(rows, ({ word }) => word),
      })
    }),
  ))

test('without a header, between other delimiters, with what is missing', async () => {
  const text = '1;NA\n\n 2 ;  \n3;4\n'
  const read = await parseCsv(utf8(text), 'file', {
    columns: { x: {}, y: { otherwise: Number.NaN } },
    header: ['x', 'y'],
    delimiter: ';',
    missing: ['', 'NA'],
  })
  expect(await read.rows([0, 1, 2])).toEqual({
    x: Float32Array.of(1, 2, 3),
    y: Float32Array.of(Number.NaN, Number.NaN, 4),
  })
})

test('a header alone has no rows', async () => {
  expect((await parseCsv(utf8('x'), 'file', { columns: { x: {} } })).size).toBe(0)
})

describe('what is wrong, where, what was expected and what is there', () => {
  const columns = { x: { from: 'x' }, n: { from: 'n', dtype: 'u32' }, kind: { labels: ['cat', 'dog'] } } as const
  const long = 'long'.repeat(100)

  test.each([
    ['nothing', '', 'file, byte 0: expected a line with the names of the fields, found none'],
    ['a field that is not there', 'x,m,kind\n', "file, byte 0: line 1: expected a field named 'n', found x, m, kind"],
    [
      'a field that is there twice',
      'x,n,x,kind\n',
      "file, byte 0: line 1: expected one field named 'x', found several",
    ],
    ['too few fields', 'x,n,kind\n1,2,cat\n1,2\n', 'file, byte 17: line 3: expected 3 fields, found 2'],
    ['too many fields', 'x,n,kind\r\n1,2,cat,3\r\n', 'file, byte 10: line 2: expected 3 fields, found 4'],
    ['no number', 'x,n,kind\n\n\n1e5x,2,cat\n', 'file, byte 11: line 4: expected x to be a number (f32), found "1e5x"'],
    ['a missing number', 'x,n,kind\n,2,cat\n', 'file, byte 9: line 2: expected x to be a number (f32), found ""'],
    ['NaN', 'x,n,kind\nNaN,2,cat\n', 'file, byte 9: line 2: expected x to be a number (f32), found "NaN"'],
    ['hexadecimals', 'x,n,kind\n0x10,2,cat\n', 'file, byte 9: line 2: expected x to be a number (f32), found "0x10"'],
    [
      'too large a number',
      'x,n,kind\n1e39,2,cat\n',
      'file, byte 9: line 2: expected x to be a number (f32), found "1e39"',
    ],
    [
      'no whole number',
      'x,n,kind\n1,2.5,cat\n',
      'file, byte 9: line 2: expected n to be a whole number (u32), found "2.5"',
    ],
    [
      'a negative number',
      'x,n,kind\n1,-2,cat\n',
      'file, byte 9: line 2: expected n to be a whole number (u32), found "-2"',
    ],
    [
      'an unknown label',
      'x,n,kind\n1,2,cat\n1,2,cow\n',
      'file, byte 17: line 3: expected kind to be one of cat, dog, found "cow"',
    ],
    [
      'a long one',
      `x,n,kind\n1,2,${long}\n`,
      `file, byte 9: line 2: expected kind to be one of cat, dog, found "${long.slice(0, 79)}...`,
    ],
    [
      'lines in quotes before',
      'x,n,kind,note\n1,2,cat,"one\ntwo"\n1,2,cow,\n',
      'file, byte 32: line 4: expected kind to be one of cat, dog, found "cow"',
    ],
    [
      'a quote that does not end',
      'x,n,kind\n1,2,"cat\n',
      expect.stringMatching(
        /^file, byte 9: line 2: expected fields between ',', found a quote out of place \(Quote Not Closed/,
      ),
    ],
    [
      'a quote in a field',
      'x,n,kind\n1,2,c"at"\n',
      expect.stringMatching(
        /^file, byte 9: line 2: expected fields between ',', found a quote out of place \(Invalid Opening/,
      ),
    ],
  ])('%s', async (_, text, problem) => {
    expect(await problemOf(parseCsv(utf8(text), 'file', { columns }))).toEqual(problem)
  })

  test('bytes are counted with the mark before them', async () => {
    const file = joined([0xef, 0xbb, 0xbf], utf8('x\ny\n'))
    expect(await problemOf(parseCsv(file, 'file', { columns: { x: {} } }))).toBe(
      'file, byte 5: line 2: expected x to be a number (f32), found "y"',
    )
  })

  test('a number for what is missing that the column does not have', async () => {
    const wrong = parseCsv(utf8('x\n1\n'), 'file', { columns: { x: { dtype: 'i32', otherwise: Number.NaN } } })
    await expect(wrong).rejects.toThrow(
      new TypeError('columns: x is i32, which does not have the number NaN for what is missing'),
    )
  })
})

test('malformed files are DataErrors and take no memory', () =>
  fuzz(
    fc.tuple(rows, forms).map(([rows, form]) => csvFile(rows, { ...form, compressed: false })),
    { perByte: 32 },
    (bytes) => parseCsv(bytes, 'file', { columns }),
    async (read) => {
      await read.rows(all(read.size))
    },
  ))
