import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseIdx } from '../../../runtime/data/idx.ts'
import { asyncProperty } from '../../fc.ts'
import { fuzz, isWhole, malformed, problemOf, runs, survives } from './fuzz.ts'
import { stored } from './stored.ts'
import { gzipFile, idxFile, joined } from './writers.ts'

const tensors = stored('u8', 'i8', 'i16', 'i32', 'f32', 'f64')
const files = tensors.map(({ dtype, shape, values }) => idxFile(dtype, shape, values))

test('what was written is read, compressed or not', () =>
  fc.assert(
    asyncProperty(tensors, fc.boolean(), async ({ dtype, shape, values }, compressed) => {
      const file = idxFile(dtype, shape, values)
      const read = await parseIdx(compressed ? gzipFile(file) : file, 'file')
      expect({ ...read, data: [...read.data] }).toEqual({ dtype, shape, data: values })
    }),
  ))

test("Python's own file is read", async () => {
  const bytes = readFileSync(join(import.meta.dirname, 'fixtures/bytes-idx3-ubyte.gz'))
  const { dtype, shape, data } = await parseIdx(bytes, 'bytes')
  expect({ dtype, shape, data: [...data] }).toEqual({
    dtype: 'u8',
    shape: [2, 3, 4],
    data: Array.from({ length: 24 }, (_, i) => i),
  })
})

describe('what is wrong, where, what was expected and what is there', () => {
  const good = idxFile('i16', [2, 3], [1, 2, 3, 4, 5, 6])
  const changed = (at: number, byte: number) => good.map((value, i) => (i === at ? byte : value))

  test.each([
    ['nothing', new Uint8Array(0), "file, byte 0: expected the 4 bytes of IDX's magic, found 0"],
    ['another file', changed(0, 80), 'file, byte 0: expected an IDX file, which begins with 00 00, found 50 00'],
    [
      'an unknown type',
      changed(2, 10),
      'file, byte 2: expected a type of elements, 08 (u8), 09 (i8), 0b (i16), 0c (i32), 0d (f32), 0e (f64), found 0a',
    ],
    ['no dims', good.subarray(0, 10), 'file, byte 10: expected 2 dims, up to byte 12, found the end of the file'],
    ['less', good.subarray(0, 20), 'file, byte 12: expected 12 bytes for i16 [2, 3], found 8'],
    ['more', joined(good, [0]), 'file, byte 12: expected 12 bytes for i16 [2, 3], found 13'],
    ['a false dim', changed(4, 255), 'file, byte 12: expected 25669140492 bytes for i16 [4278190082, 3], found 12'],
    [
      'dims of 10^39 elements',
      joined([0, 0, 14, 4], new Uint8Array(16).fill(255)),
      'file, byte 20: expected 2.7222589328322065e+39 bytes for f64 [4294967295, 4294967295, 4294967295, 4294967295], found 0',
    ],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemOf(parseIdx(bytes, 'file'))).toBe(problem)
  })
})

describe('gzip', () => {
  const inside = idxFile('u8', [100], new Array(100).fill(7))
  const good = gzipFile(inside)
  const changed = (at: number, byte: number) => good.map((value, i) => (i === at ? byte : value))
  const withSize = (size: number) => {
    const made = Uint8Array.from(good)
    new DataView(made.buffer).setUint32(made.length - 4, size, true)
    return made
  }

  test.each([
    ['another method', changed(2, 7), "file, byte 2: expected gzip's method 8, deflate, found 7"],
    ['unknown flags', changed(3, 64), 'file, byte 3: expected gzip flags below 32, found 64'],
    [
      'an end in the header',
      good.subarray(0, 12),
      'file, byte 12: expected a gzip file of at least 18 bytes, found 12: the file is cut off or damaged, get it again',
    ],
    [
      'a trailer of 4 GB, for which no memory is asked',
      withSize(0xffffffff),
      'file, byte 10: expected at most 13416 bytes of 13 deflated ones, found a size of 4294967295: the file is cut off or damaged, get it again',
    ],
    [
      'a trailer of less',
      withSize(107),
      'file, byte 10: expected a deflate stream of 107 bytes, found more: the file is cut off or damaged, get it again',
    ],
    [
      'a trailer of more',
      withSize(109),
      'file, byte 10: expected a deflate stream of 109 bytes, found 108: the file is cut off or damaged, get it again',
    ],
    [
      'a false checksum',
      changed(good.length - 8, good.at(-8)! ^ 1),
      expect.stringMatching(/^file, byte 10: expected bytes of CRC-32 0x[0-9a-f]{8}, found 0x[0-9a-f]{8}$/),
    ],
    [
      'a broken stream',
      changed(10, 7),
      'file, byte 10: expected a deflate stream of 108 bytes, found invalid block type: the file is cut off or damaged, get it again',
    ],
    [
      'two members, which would be read as one where they are the same',
      joined(good, good),
      `file, byte ${good.length}: expected a gzip file of one member, found another`,
    ],
    [
      'more behind it',
      joined(good, good.subarray(-9)),
      'file, byte 10: expected a deflate stream of 108 bytes, found invalid gzip data: the file is cut off or damaged, get it again',
    ],
    [
      'a file in it that is malformed',
      gzipFile(inside.subarray(0, 50)),
      'file, inflated, byte 8: expected 100 bytes for u8 [100], found 42',
    ],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemOf(parseIdx(bytes, 'file'))).toEqual(problem)
  })

  test('wherever it is cut off, that is said', async () => {
    for (let length = 2; length < good.length; length += 1)
      expect(await problemOf(parseIdx(good.subarray(0, length), 'file'))).toContain('the file is cut off or damaged')
  })

  test('names, comments, and more in the header are passed over', async () => {
    const more = [5, 0, 1, 2, 3, 4, 5]
    const header = joined(good.subarray(0, 3), [4 + 8 + 16 + 2], good.subarray(4, 10), more, [65, 0, 66, 67, 0, 1, 2])
    const read = await parseIdx(joined(header, good.subarray(10)), 'file')
    expect([...read.data]).toEqual(new Array(100).fill(7))
  })

  test('no byte can change what is read without being found out', () =>
    fc.assert(
      asyncProperty(files, fc.nat(), fc.integer({ min: 1, max: 255 }), async (file, where, bits) => {
        const zipped = gzipFile(file)
        const edited = zipped.map((byte, i) => (i === where % zipped.length ? byte ^ bits : byte))
        const read = await parseIdx(edited, 'file').catch(() => undefined)
        if (read) expect(read).toEqual(await parseIdx(file, 'file'))
      }),
      { numRuns: runs },
    ))
})

test('malformed files are DataErrors and take no memory', () =>
  fuzz(files, { perByte: 4 }, (bytes) => parseIdx(bytes, 'file'), isWhole))

test('so are malformed files in gzip, and malformed gzip', () =>
  fc.assert(
    asyncProperty(malformed(files), malformed(files.map(gzipFile)), async (inside, outside) => {
      for (const bytes of [gzipFile(inside), outside])
        await survives(bytes, { perByte: 4 * 1032 }, (some) => parseIdx(some, 'file'), isWhole)
    }),
    { numRuns: runs },
  ))
