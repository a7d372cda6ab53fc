import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseNpz } from '../../../runtime/data/npz.ts'
import { asyncProperty } from '../../fc.ts'
import { fuzz, isWhole, problemOf } from './fuzz.ts'
import { stored } from './stored.ts'
import { joined, npyFile, type Zipped, zipFile } from './writers.ts'

const tensors = fc.dictionary(
  fc.stringMatching(/^[a-z_]{1,8}$/),
  fc.tuple(stored('f32', 'f64', 'u8', 'i64', 'bool'), fc.boolean()),
  { maxKeys: 4, noNullPrototype: true },
)
const fileOf = (named: {
  readonly [name: string]: readonly [
    { dtype: string; shape: readonly number[]; values: readonly number[] | readonly bigint[] },
    boolean,
  ]
}) =>
  zipFile(
    Object.entries(named).map(([name, [{ dtype, shape, values }, deflated]]) => ({
      name: `${name}.npy`,
      bytes: npyFile(dtype, shape, values),
      deflated,
    })),
  )

test('what was written is read, stored and deflated', () =>
  fc.assert(
    asyncProperty(tensors, async (named) => {
      const read = Object.entries(await parseNpz(fileOf(named), 'file'))
      expect(read.map(([name, tensor]) => [name, { ...tensor, data: [...tensor.data] }])).toEqual(
        Object.entries(named).map(([name, [{ dtype, shape, values }]]) => [name, { dtype, shape, data: values }]),
      )
    }),
  ))

test.each(['stored', 'compressed'])("NumPy's own %s.npz is read", async (name) => {
  const { x, label, zeros } = await parseNpz(readFileSync(join(import.meta.dirname, `fixtures/${name}.npz`)), name)
  expect(x).toEqual({ dtype: 'f32', shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i / 8) })
  expect(label).toEqual({ dtype: 'i64', shape: [2], data: BigInt64Array.of(0n, 1n) })
  expect(zeros).toEqual({ dtype: 'f32', shape: [30, 30], data: new Float32Array(900) })
})

describe('what is wrong, where, what was expected and what is there', () => {
  const npy = npyFile('f32', [30], new Array(30).fill(1))
  const of = (...files: Partial<Zipped>[]) => zipFile(files.map((file) => ({ name: 'x.npy', bytes: npy, ...file })))
  const directory = 30 + 5 + npy.length
  const end = directory + 46 + 5
  const good = of({})
  const edited = (at: number, ...bytes: number[]) => good.map((byte, i) => bytes[i - at] ?? byte)

  test.each([
    [
      'nothing',
      new Uint8Array(0),
      'file, byte 0: expected a zip archive, which ends with its directory, found no such end',
    ],
    [
      'a cut',
      good.subarray(0, -1),
      `file, byte ${good.length - 1}: expected a zip archive, which ends with its directory, found no such end`,
    ],
    [
      'a directory elsewhere',
      edited(end + 16, 255, 0, 0, 0),
      `file, byte ${end + 12}: expected a directory within ${end} bytes, found 51 from byte 255 on`,
    ],
    ['no directory', edited(directory, 0), `file, byte ${directory}: expected an entry of the directory, found none`],
    [
      'a long name',
      edited(directory + 28, 255),
      `file, byte ${directory}: expected an entry within the directory, which ends at byte ${end}`,
    ],
    [
      'a file elsewhere',
      edited(directory + 42, 9),
      `file, byte ${directory + 42}: expected where x.npy begins, found byte 9, where no file does`,
    ],
    [
      'encryption',
      of({ claims: { flags: 1 } }),
      `file, byte ${directory + 8}: expected files that are not encrypted, found x.npy, which is`,
    ],
    [
      'another method',
      edited(directory + 10, 12),
      `file, byte ${directory + 10}: expected method 0 (stored) or 8 (deflated) of x.npy, found 12`,
    ],
    [
      'ZIP64',
      of({ claims: { size: 0xffffffff } }),
      `file, byte ${directory + 20}: expected a file of less than 4 GB, found x.npy of ZIP64, which is not read here`,
    ],
    [
      'ZIP64, by its end',
      edited(end + 10, 255, 255),
      `file, byte ${end}: expected a zip archive of less than 4 GB, found ZIP64, which is not read here`,
    ],
    [
      'a long file',
      of({ claims: { packed: 1e9 } }),
      `file, byte ${directory + 20}: expected at most ${good.length - 35} bytes of x.npy, found a size of 1000000000`,
    ],
    ['another size', of({ claims: { size: 7 } }), `file, byte 35: expected 7 stored bytes, found ${npy.length}`],
    ['two of a name', of({}, {}), expect.stringMatching(/expected one file of a name, found x.npy again$/)],
    [
      'another checksum',
      of({ claims: { crc: 1 } }),
      expect.stringMatching(/^file, byte 35: expected bytes of CRC-32 0x00000001, found 0x/),
    ],
    [
      'a size of 4 GB, for which no memory is asked',
      of({ deflated: true, claims: { size: 0xfffffffe } }),
      expect.stringMatching(
        /^file, byte 35: expected at most \d{5} bytes of \d\d deflated ones, found a size of 4294967294$/,
      ),
    ],
    [
      'less than it says',
      of({ deflated: true, claims: { size: npy.length + 1 } }),
      `file, byte 35: expected a deflate stream of ${npy.length + 1} bytes, found ${npy.length}`,
    ],
    [
      'more than it says',
      of({ deflated: true, claims: { size: npy.length - 1 } }),
      `file, byte 35: expected a deflate stream of ${npy.length - 1} bytes, found more`,
    ],
    ['another file', of({ name: 'readme.txt' }), "file, byte 40: expected .npy files, found 'readme.txt'"],
    [
      'a malformed tensor',
      of({ bytes: npy.subarray(0, -1) }),
      `file/x.npy, byte ${npy.length - 120}: expected 120 bytes for f32 [30], found 119`,
    ],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemOf(parseNpz(bytes, 'file'))).toEqual(problem)
  })

  test('files that overlap, which would make more of a byte than deflate does', async () => {
    const one = of({ deflated: true, bytes: npyFile('u8', [100_000], new Array(100_000).fill(0)) })
    const [start, stop] = [one.length - 22 - 51, one.length - 22]
    const entry = one.subarray(start, stop)
    const entries = Array.from({ length: 50 }, (_, i) => entry.map((byte, at) => (at === 46 ? 48 + i : byte)))
    const last = one.slice(stop)
    new DataView(last.buffer).setUint16(10, 50, true)
    new DataView(last.buffer).setUint32(12, 50 * 51, true)
    const bomb = joined(one.subarray(0, start), ...entries, last)
    expect(await problemOf(parseNpz(bomb, 'file'))).toMatch(
      /expected files that do not overlap, found 1.npy in others$/,
    )
  })
})

test('malformed files are DataErrors and take no memory', () =>
  fuzz(
    tensors.map(fileOf),
    { perByte: 4 * 1032 },
    (bytes) => parseNpz(bytes, 'file'),
    (read) => {
      for (const tensor of Object.values(read)) isWhole(tensor)
    },
  ))
