import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HostTensor, sizeOf } from '../../../runtime/data/host-tensor.ts'
import { type NpyDType, parseNpy, serializeNpy } from '../../../runtime/data/npy.ts'
import { asyncProperty } from '../../fc.ts'
import { fuzz, isWhole, problemOf } from './fuzz.ts'
import { stored } from './stored.ts'
import { gzipFile, joined, npyFile, npyHeader } from './writers.ts'

const tensors = stored('u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64', 'bool')
const forms = fc.record({
  little: fc.boolean(),
  fortran: fc.boolean(),
  version: fc.constantFrom(1, 2, 3) as fc.Arbitrary<1 | 2 | 3>,
})
const files = fc.tuple(tensors, forms).map(([{ dtype, shape, values }, form]) => npyFile(dtype, shape, values, form))

/** Elements in C's order as Fortran has them: the first axis together. */
function inFortranOrder<T>(values: readonly T[], shape: readonly number[]): T[] {
  return values.map((_, to) => {
    let rest = to
    let from = 0
    for (const [axis, size] of shape.entries()) {
      from += (rest % size) * sizeOf(shape.slice(axis + 1))
      rest = Math.floor(rest / size)
    }
    return values[from]!
  })
}

test('what was written is read, in every version, order of bytes and order of axes', () =>
  fc.assert(
    asyncProperty(tensors, forms, fc.nat({ max: 8 }), async ({ dtype, shape, values }, form, offset) => {
      const order = form.fortran ? inFortranOrder<number | bigint>(values, shape) : values
      const file = npyFile(dtype, shape, order as number[], form)
      // Also where elements lie at no multiple of their size.
      const apart = joined(new Uint8Array(offset), file).subarray(offset)
      const read = await parseNpy(apart, 'file')
      expect({ ...read, data: [...read.data] }).toEqual({ dtype, shape, data: values })
    }),
    { numRuns: 300 },
  ))

describe("NumPy's own files are read", () => {
  const counts = Array.from({ length: 24 }, (_, i) => i)
  const eighths = counts.map((i) => i / 8)

  test.each<[string, string, readonly number[], readonly (number | bigint)[]]>([
    ['f4', 'f32', [2, 3, 4], eighths],
    ['f8-big-fortran', 'f64', [2, 3, 4], eighths],
    ['f2', 'f16', [2, 3, 4], eighths],
    ['i2-big', 'i16', [2, 3, 4], counts.map((i) => i - 12)],
    ['i8', 'i64', [2, 3, 4], counts.map((i) => BigInt(i - 12) * 2n ** 40n)],
    ['u8-big', 'u64', [2, 3, 4], counts.map((i) => BigInt(i) + 2n ** 63n)],
    ['u1-fortran', 'u8', [2, 3, 4], counts],
    ['b1', 'bool', [2, 3, 4], counts.map((i) => (i % 3 === 0 ? 1 : 0))],
    ['scalar', 'f64', [], [0.5]],
    ['vector', 'i32', [5], [0, 1, 2, 3, 4]],
    ['empty', 'f32', [0, 3], []],
    ['version-2', 'u32', [2, 3, 4], counts],
    ['version-3', 'u32', [2, 3, 4], counts],
  ])('%s.npy', async (name, dtype, shape, data) => {
    const read = await parseNpy(fixture(`${name}.npy`), name)
    expect({ ...read, data: [...read.data] }).toEqual({ dtype, shape, data })
  })
})

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'fixtures', name))

describe('what is written', () => {
  test('is read again', () =>
    fc.assert(
      asyncProperty(tensors, async ({ dtype, shape, values }) => {
        const { data } = await parseNpy(npyFile(dtype, shape, values), 'file')
        const tensor = { dtype, shape, data } as HostTensor<NpyDType>
        const file = serializeNpy(tensor)
        expect((file.length - data.byteLength) % 64).toBe(0)
        expect(await parseNpy(file, 'file')).toEqual(tensor)
      }),
    ))

  test.each(['b1', 'f2', 'f4', 'i8', 'scalar', 'vector', 'empty'])(
    "is NumPy's own %s.npy to the byte",
    async (name) => {
      const file = fixture(`${name}.npy`)
      expect(Buffer.compare(serializeNpy(await parseNpy(file, name)), file)).toBe(0)
    },
  )

  test('is nothing where a tensor is not what it says', () => {
    const data = new Float32Array(4)
    const of = (tensor: object) => () => serializeNpy(tensor as HostTensor<NpyDType>)
    expect(of({ dtype: 'f32', shape: [3], data })).toThrow('the tensor has the shape [3], and 4 elements')
    expect(of({ dtype: 'bf16', shape: [4], data })).toThrow('the tensor is of bf16; it must be of one of f16, f32')
    expect(of({ dtype: 'i32', shape: [4], data })).toThrow('is of i32, and its elements are in a Float32Array')
    expect(of({ dtype: 'f32', shape: [-4], data })).toThrow('has the shape [-4]; it must have whole numbers')
    expect(of({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 2) })).toThrow(
      'the tensor is of bool, and element 1 is 2; it must be 0 or 1',
    )
  })
})

const types = "a 'descr' of one type of elements (f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1, after < or >)"

describe('what is wrong, where, what was expected and what is there', () => {
  test.each([
    ['c16.npy', `file, byte 10: expected ${types}, found '<c16'`],
    ['strings.npy', `file, byte 10: expected ${types}, found '<U3'`],
    ['records.npy', `file, byte 10: expected ${types}, found [('x', '<f4'), ('y', '<i4')], 'fortran_o`],
  ])('%s', async (name, problem) => {
    expect(await problemOf(parseNpy(fixture(name), 'file'))).toBe(problem)
  })

  const good = npyFile('f32', [2, 2], [1, 2, 3, 4])
  const start = good.length - 16
  const withHeader = (header: string) => joined(npyHeader(header), new Uint8Array(16))

  test.each([
    ['nothing', new Uint8Array(0), "file, byte 0: expected a .npy file, which begins with '\\x93NUMPY'"],
    ['no length', good.subarray(0, 9), "file, byte 9: expected the length of .npy's header, found the end of the file"],
    [
      'an unknown version',
      good.map((byte, i) => (i === 6 ? 4 : byte)),
      'file, byte 6: expected version 1.0, 2.0 or 3.0 of .npy, found 4.0',
    ],
    [
      'a header of 4 GB',
      joined(good.subarray(0, 6), [2, 0, 255, 255, 255, 255], new Uint8Array(100)),
      'file, byte 8: expected a header of at most 10000 bytes, found a length of 4294967295',
    ],
    [
      'a header beyond the end',
      good.subarray(0, 40),
      `file, byte 8: expected a header within the file's 40 bytes, found a length of ${start - 10}`,
    ],
    ['no dictionary', withHeader('[1, 2]'), 'file, byte 10: expected a header in braces, found "[1, 2]\\n"'],
    [
      'no type',
      withHeader("{'shape': (4,), 'fortran_order': False}"),
      `file, byte 10: expected ${types}, found none in the header`,
    ],
    [
      'no order',
      withHeader("{'descr': '<f4', 'fortran_order': 1, 'shape': (4,)}"),
      "file, byte 10: expected a 'fortran_order' of True or False, found 1, 'shape': (4,)}",
    ],
    [
      'a negative dim',
      withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (4, -1)}"),
      "file, byte 10: expected a 'shape' of whole numbers, found '-1'",
    ],
    [
      'dims that nothing has room for',
      withHeader("{'descr': '<f8', 'fortran_order': True, 'shape': (4000000000, 4000000000)}"),
      'file, byte 85: expected 128000000000000000000 bytes for f64 [4000000000, 4000000000], found 16',
    ],
    ['less', good.subarray(0, -1), `file, byte ${start}: expected 16 bytes for f32 [2, 2], found 15`],
    ['more', joined(good, [0, 0]), `file, byte ${start}: expected 16 bytes for f32 [2, 2], found 18`],
    [
      'a boolean of 2',
      npyFile('bool', [3], [0, 1, 2]),
      `file, byte ${npyFile('bool', [3], [0, 1, 2]).length - 1}: expected a boolean, 0 or 1, found 2`,
    ],
    [
      'a compressed one',
      gzipFile(good.subarray(0, -1)),
      `file, inflated, byte ${start}: expected 16 bytes for f32 [2, 2], found 15`,
    ],
  ])('%s', async (_, bytes, problem) => {
    expect(await problemOf(parseNpy(bytes, 'file'))).toBe(problem)
  })
})

test('headers in another order, with other quotes, and of Python 2 are read', async () => {
  const header = npyHeader(`{"shape": (2L, 1L), "descr": "|u1", "fortran_order": True}`)
  expect(await parseNpy(joined(header, [3, 4]), 'file')).toMatchObject({ dtype: 'u8', shape: [2, 1] })
})

test('malformed files are DataErrors and take no memory', () =>
  fuzz(files, { perByte: 4 }, (bytes) => parseNpy(bytes, 'file'), isWhole))
