import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FileDType, HostTensor } from '../../../runtime/data/host-tensor.ts'
import { parseSafetensors, type SafetensorsFile, serializeSafetensors } from '../../../runtime/data/safetensors.ts'
import { aroundHalves, nearest } from '../../compiler/halves.ts'
import { property } from '../../fc.ts'
import { withFolder } from '../node/data/folder.ts'
import { fuzz, isWhole, problemOf } from './fuzz.ts'
import { type Stored, stored } from './stored.ts'
import { elementBytes, joined, safetensorsFile } from './writers.ts'

const dtypes = ['f64', 'f32', 'f16', 'bf16', 'i64', 'u64', 'i32', 'u32', 'i16', 'u16', 'i8', 'u8', 'bool'] as const

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Float32Array,
  bf16: Float32Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
}
interface ArrayType {
  from(values: readonly number[] | readonly bigint[]): HostTensor['data']
}
const tensorOf = ({ dtype, shape, values }: Stored): HostTensor => ({
  dtype,
  shape,
  data: (arrays[dtype] as ArrayType).from(values),
})

const awkward = ['', '__proto__', 'constructor', 'toString', '0', '10', '2', 'a"b\\\n\u0000', '\uffee', '\u{1f600}']
const names = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'binary', maxLength: 8 }))
const texts = fc
  .array(fc.tuple(names, fc.string({ unit: 'binary' })), { maxLength: 3 })
  .map((pairs): { readonly [key: string]: string } => Object.fromEntries(pairs))
const mapsOf = (tensors: fc.Arbitrary<Stored>) =>
  fc.array(fc.tuple(names, tensors.map(tensorOf)), { maxLength: 5 }).map((pairs) => new Map(pairs))
const maps = mapsOf(stored(...dtypes))
const files = fc.tuple(maps, texts).map(([tensors, metadata]) => serializeSafetensors(tensors, metadata))

test('what is written is read: names, shapes, types and elements, to the bit', () =>
  fc.assert(
    property(maps, texts, fc.nat({ max: 8 }), (tensors, metadata, offset) => {
      const bytes = serializeSafetensors(tensors, metadata)
      // Also where elements lie at no multiple of their size.
      const file = parseSafetensors(joined(new Uint8Array(offset), bytes).subarray(offset))
      expect(file.tensors()).toEqual(tensors)
      expect(Object.entries(file.metadata).sort()).toEqual(Object.entries(metadata).sort())
      expect(new Set(file.names)).toEqual(new Set(tensors.keys()))
      for (const [name, { dtype, shape, data }] of tensors) {
        expect(file.type(name)).toEqual({ dtype, shape })
        expect(file.tensor(name)).toEqual({ dtype, shape, data })
      }
      expect(serializeSafetensors(file.tensors(), file.metadata)).toEqual(bytes)
    }),
    { numRuns: 300 },
  ))

test('files of others are read, in whatever order their elements are and however their header is laid out', () =>
  fc.assert(
    property(
      fc.uniqueArray(fc.tuple(names, stored('f64', 'i64', 'f32', 'u32', 'i16', 'u8', 'bool')), {
        selector: ([name]) => name,
        maxLength: 5,
      }),
      fc.infiniteStream(fc.nat()),
      fc.constantFrom(undefined, 1, '\t'),
      (all, keys, space) => {
        let end = 0
        const data: Uint8Array[] = []
        const described = all.map(([name, { dtype, shape, values }]) => {
          const bytes = elementBytes(dtype, values, true)
          data.push(bytes)
          const entry = { data_offsets: [end, end + bytes.length], shape, dtype: dtype.toUpperCase() }
          end += bytes.length
          return { name, entry, key: keys.next().value as number }
        })
        const shuffled = described.sort((a, b) => a.key - b.key)
        const header = shuffled.map(({ name, entry }) => `${ascii(name)} : ${JSON.stringify(entry, undefined, space)}`)
        const file = parseSafetensors(safetensorsFile(`{${header.join('\n,\r\t')}} \n`, joined(...data)))
        expect(file.names).toEqual(shuffled.map(({ name }) => name))
        expect(file.tensors()).toEqual(new Map(all.map(([name, tensor]) => [name, tensorOf(tensor)])))
      },
    ),
    { numRuns: 200 },
  ))

/** A string of JSON that has only escapes. */
const ascii = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`

test('f16 are written as the nearest halves, of two the even one', () => {
  const data = aroundHalves()
  const file = parseSafetensors(serializeSafetensors(new Map([['x', { dtype: 'f16', shape: [data.length], data }]])))
  expect(file.tensor('x').data).toEqual(data.map(nearest))
})

test('a tensor is a copy, each time', () => {
  const bytes = serializeSafetensors(
    new Map<string, HostTensor>(
      dtypes.map((dtype) => [dtype, tensorOf({ dtype, shape: [1], values: big(dtype) ? [1n] : [1] })]),
    ),
  )
  // Node's buffers have a slice() that copies nothing.
  const file = parseSafetensors(Buffer.from(bytes.buffer))
  for (const dtype of dtypes) {
    const { data } = file.tensor(dtype)
    expect(data.buffer).not.toBe(bytes.buffer)
    data.fill((big(dtype) ? 0n : 0) as never)
    expect(Number(file.tensor(dtype).data[0])).toBe(1)
    expect(Number(file.tensors().get(dtype)!.data[0])).toBe(1)
  }
})

const big = (dtype: FileDType): boolean => dtype === 'i64' || dtype === 'u64'

test('names and metadata that objects have of themselves are names like others', () => {
  const one: HostTensor = { dtype: 'u8', shape: [1], data: Uint8Array.of(1) }
  const metadata = Object.fromEntries([['__proto__', 'polluted']])
  const file = parseSafetensors(serializeSafetensors(new Map([['__proto__', one]]), metadata), 'file')
  expect(file.names).toEqual(['__proto__'])
  expect(file.tensor('__proto__')).toEqual(one)
  expect(Object.entries(file.metadata)).toEqual([['__proto__', 'polluted']])
  expect(file.metadata.constructor).toBeUndefined()
  expect(() => file.type('constructor')).toThrow('file: expected a tensor "constructor", found "__proto__"')
  expect(Object.prototype).not.toHaveProperty('polluted')
})

test('elements lie at multiples of their size', () =>
  fc.assert(
    property(maps, texts, (tensors, metadata) => {
      const bytes = serializeSafetensors(tensors, metadata)
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
      const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
      expect(length % 8).toBe(0)
      for (const [name, { dtype }] of tensors) {
        const width = /64/.test(dtype) ? 8 : /32/.test(dtype) ? 4 : /16/.test(dtype) ? 2 : 1
        expect(header[name].data_offsets[0] % width).toBe(0)
      }
    }),
  ))

describe("files of Python's library", () => {
  const all = fixture('all.safetensors')
  const counts = [0, 1, 2, 3, 4, 5]
  const sevenths = counts.map((i) => i / 7)

  test('are read: every type, scalars, empty ones, metadata', () => {
    const file = parseSafetensors(all, 'all.safetensors')
    const expected: readonly (readonly [string, FileDType, readonly number[], readonly (number | bigint)[]])[] = [
      ['u64', 'u64', [2, 3], counts.map((i) => BigInt(i) + 2n ** 63n)],
      ['i64', 'i64', [2, 3], counts.map((i) => BigInt(i - 3) * 2n ** 60n)],
      ['f64', 'f64', [2, 3], sevenths],
      ['empty', 'f32', [0, 3], []],
      ['encoder.layers.0.weight', 'f32', [3, 1, 2], counts.map(() => 1)],
      ['f32', 'f32', [2, 3], sevenths.map(Math.fround)],
      ['scalar', 'f32', [], [0.5]],
      ['u32', 'u32', [2, 3], counts.map((i) => i + 2 ** 31)],
      ['i32', 'i32', [2, 3], counts.map((i) => (i - 3) * 2 ** 29)],
      ['bf16', 'bf16', [2, 3], [0, 0.142578125, 0.28515625, 0.427734375, 0.5703125, 0.71484375]],
      ['f16', 'f16', [2, 3], sevenths.map(nearest)],
      ['u16', 'u16', [2, 3], counts.map((i) => i + 2 ** 15)],
      ['i16', 'i16', [2, 3], counts.map((i) => (i - 3) * 2 ** 13)],
      ['i8', 'i8', [2, 3], counts.map((i) => i - 3)],
      ['Größe "x"\n', 'u8', [1], [2]],
      ['__proto__', 'u8', [1], [1]],
      ['u8', 'u8', [2, 3], counts.map((i) => i + 250)],
      ['\uffee', 'u8', [1], [3]],
      ['\u{1f600}', 'u8', [1], [4]],
      ['bool', 'bool', [2, 3], [1, 0, 0, 1, 0, 0]],
    ]
    const found = [...file.tensors()].map(([name, { dtype, shape, data }]) => [name, dtype, shape, [...data]])
    expect(new Map(found.map((row) => [row[0], row]))).toEqual(new Map(expected.map((row) => [row[0], row])))
    expect({ ...file.metadata }).toEqual({ note: 'made by "Python"\n' })
  })

  test('are written to the byte', () => {
    for (const bytes of [all, fixture('nothing.safetensors')]) {
      const file = parseSafetensors(bytes)
      expect(serializeSafetensors(new Map([...file.tensors()].reverse()), file.metadata)).toEqual(bytes)
    }
  })

  test('of types that are not read here are errors that name them', async () => {
    expect(await problem(fixture('float8.safetensors'))).toBe(
      `file, byte 62: expected the 'dtype' of "y" to be one of ${known}, found "F8_E4M3"`,
    )
  })
})

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures', name)))
}

const known = 'U64, I64, F64, F32, U32, I32, BF16, F16, U16, I16, I8, U8, BOOL'
const problem = (bytes: Uint8Array): Promise<string> => problemOf(parsed(bytes))
const parsed = async (bytes: Uint8Array): Promise<SafetensorsFile> => parseSafetensors(bytes, 'file')

describe('what is wrong, where, what was expected and what is there', () => {
  const entry = (dtype: string, shape: string, offsets: string) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`
  const u8 = (begin: number, end: number) => entry('U8', `[${end - begin}]`, `[${begin},${end}]`)
  const good = safetensorsFile(`{"x":${entry('F32', '[2]', '[0,8]')}}`, new Uint8Array(8))
  const lengthOf = (length: bigint, rest: Uint8Array) => joined(elementBytes('u64', [length], true), rest)
  const bytesOf = (text: string) => new TextEncoder().encode(text)

  test.each<[string, Uint8Array, string]>([
    [
      'nothing',
      new Uint8Array(0),
      'file, byte 0: expected 8 bytes for the length of a header, found the end of the file',
    ],
    [
      'a part of the length',
      good.subarray(0, 7),
      'file, byte 7: expected 8 bytes for the length of a header, found the end of the file',
    ],
    [
      'a header longer than any',
      lengthOf(100_000_001n, new Uint8Array(4)),
      'file, byte 0: expected a header of at most 100000000 bytes, found a length of 100000001',
    ],
    [
      'a header of 2^64 - 1 bytes',
      lengthOf(2n ** 64n - 1n, new Uint8Array(4)),
      'file, byte 0: expected a header of at most 100000000 bytes, found a length of 18446744073709551615',
    ],
    [
      'a header beyond the end',
      lengthOf(5n, bytesOf('{}  ')),
      "file, byte 0: expected a header within the file's 12 bytes, found a length of 5",
    ],
    ['no header', safetensorsFile(''), 'file, byte 8: expected an object, found the end of the header'],
    ['a header that is no object', safetensorsFile('[]'), "file, byte 8: expected an object, found '['"],
    ['a header without an end', safetensorsFile('{ '), 'file, byte 10: expected a string, found the end of the header'],
    [
      'a header that ends in a name',
      safetensorsFile('{"x', [34, 58]),
      "file, byte 11: expected '\"' after a string, found the end of the header",
    ],
    [
      'a header that ends in an escape',
      safetensorsFile('{"\\', [34, 58]),
      "file, byte 11: expected '\"' after a string, found the end of the header",
    ],
    ['more after the header', safetensorsFile('{} {}'), "file, byte 11: expected the end of the header, found '{'"],
    ['a zero after the header', safetensorsFile('{}\0'), 'file, byte 10: expected the end of the header, found 0x00'],
    ['a name without quotes', safetensorsFile('{x:1}'), "file, byte 9: expected a string, found 'x'"],
    ['no colon', safetensorsFile('{"x" {}}'), "file, byte 13: expected ':', found '{'"],
    ['a comma at the end', safetensorsFile(`{"x":${u8(0, 0)},}`), "file, byte 61: expected a string, found '}'"],
    ['no comma', safetensorsFile(`{"x":${u8(0, 0)} "y"`), "file, byte 61: expected ',' or '}', found '\"'"],
    [
      'a name that is not UTF-8',
      safetensorsFile(joined(bytesOf('{"'), [0xc3, 0x28], bytesOf('":{}}'))),
      'file, byte 9: expected a string in UTF-8, found other bytes in it',
    ],
    [
      'an escape that JSON has not',
      safetensorsFile('{"\\x41":{}}'),
      'file, byte 9: expected a string as JSON has it, found "\\"\\\\x41\\""',
    ],
    ['a line within a name', safetensorsFile('{"\n":{}}'), "file, byte 10: expected '\"' after a string, found 0x0a"],
    [
      'half a character',
      safetensorsFile('{"\\ud83d":{}}'),
      'file, byte 9: expected a string of Unicode, found "\\ud83d"',
    ],
    [
      'a name twice',
      safetensorsFile(`{"x":${u8(0, 1)},"\\u0078":${u8(0, 1)}}`, [1]),
      'file, byte 61: expected each name once, found "x" again',
    ],
    [
      'a field twice',
      safetensorsFile('{"x":{"dtype":"U8","dtype":"U8"}}'),
      'file, byte 27: expected each name once, found "dtype" again',
    ],
    ['a tensor that is a number', safetensorsFile('{"x":1}'), "file, byte 13: expected an object, found '1'"],
    [
      'a field that none has',
      safetensorsFile('{"x":{"size":1}}'),
      `file, byte 14: expected 'dtype', 'shape' or 'data_offsets' of "x", found "size"`,
    ],
    [
      'no type',
      safetensorsFile('{"x":{"shape":[],"data_offsets":[0,0]}}'),
      `file, byte 9: expected a 'dtype' of "x", found none`,
    ],
    [
      'no shape',
      safetensorsFile('{"x":{"dtype":"U8","data_offsets":[0,0]}}'),
      `file, byte 9: expected a 'shape' of "x", found none`,
    ],
    [
      'no offsets',
      safetensorsFile('{"x":{"dtype":"U8","shape":[0]}}'),
      `file, byte 9: expected a 'data_offsets' of "x", found none`,
    ],
    ...['F8_E4M3', 'F8_E5M2', 'F4', 'C64', 'f32', 'toString', '__proto__'].map(
      (dtype): [string, Uint8Array, string] => [
        `the type ${dtype}`,
        safetensorsFile(`{"x":${entry(dtype, '[1]', '[0,1]')}}`, [1]),
        `file, byte 9: expected the 'dtype' of "x" to be one of ${known}, found "${dtype}"`,
      ],
    ),
    ['a type that is no string', safetensorsFile('{"x":{"dtype":8}}'), "file, byte 22: expected a string, found '8'"],
    ['a shape that is a number', safetensorsFile('{"x":{"shape":8}}'), "file, byte 22: expected an array, found '8'"],
    ['a negative dim', safetensorsFile('{"x":{"shape":[-1]}}'), "file, byte 23: expected a whole number, found '-'"],
    ['a part of one', safetensorsFile('{"x":{"shape":[1.5]}}'), "file, byte 24: expected ',' or ']', found '.'"],
    ['an exponent', safetensorsFile('{"x":{"shape":[1e3]}}'), "file, byte 24: expected ',' or ']', found 'e'"],
    ['a zero before it', safetensorsFile('{"x":{"shape":[01]}}'), 'file, byte 23: expected a whole number, found 01'],
    [
      'arrays in arrays',
      safetensorsFile(`{"x":{"shape":${'['.repeat(1e6)}`),
      "file, byte 23: expected a whole number, found '['",
    ],
    [
      'a dim of 2^53',
      safetensorsFile('{"x":{"shape":[9007199254740992]}}'),
      'file, byte 23: expected a whole number below 2^53, found 9007199254740992',
    ],
    [
      'a dim of many digits',
      safetensorsFile(`{"x":{"shape":[${'9'.repeat(1000)}]}}`),
      `file, byte 23: expected a whole number below 2^53, found ${'9'.repeat(20)}`,
    ],
    [
      'dims that nothing has room for',
      safetensorsFile(`{"x":${entry('F32', '[4294967296,4294967296]', '[0,8]')}}`, new Uint8Array(8)),
      `file, byte 9: expected a 'shape' of "x" of less than 2^53 bytes, found [4294967296, 4294967296]`,
    ],
    [
      'such dims, and then none',
      safetensorsFile(`{"x":${entry('F32', '[4294967296,4294967296,0]', '[0,0]')}}`),
      `file, byte 9: expected a 'shape' of "x" of less than 2^53 bytes, found [4294967296, 4294967296, 0]`,
    ],
    [
      'one offset',
      safetensorsFile(`{"x":${entry('U8', '[0]', '[0]')}}`),
      `file, byte 9: expected 'data_offsets' of "x" to be two, found 1`,
    ],
    [
      'three offsets',
      safetensorsFile(`{"x":${entry('U8', '[0]', '[0,0,0]')}}`),
      `file, byte 9: expected 'data_offsets' of "x" to be two, found 3`,
    ],
    [
      'an end before the beginning',
      safetensorsFile(`{"x":${entry('U8', '[1]', '[1,0]')}}`, [1]),
      'file, byte 9: expected the data of "x" to begin before it ends, found [1, 0]',
    ],
    [
      'less',
      good.subarray(0, -1),
      'file, byte 9: expected the data of "x" within 7 bytes, as many as follow, found it to end at 8',
    ],
    [
      'more',
      joined(good, [0, 0]),
      `file, byte ${good.length}: expected the end of the file after the data of all tensors, found 2 bytes more`,
    ],
    [
      'data without a tensor',
      safetensorsFile('{}', [1]),
      'file, byte 10: expected the end of the file after the data of all tensors, found 1 bytes more',
    ],
    [
      'another size',
      safetensorsFile(`{"x":${entry('F32', '[2,2]', '[0,8]')}}`, new Uint8Array(8)),
      'file, byte 9: expected 16 bytes for f32 [2, 2] of "x", found 8',
    ],
    [
      'a scalar of none',
      safetensorsFile(`{"x":${entry('F32', '[]', '[0,0]')}}`),
      'file, byte 9: expected 4 bytes for f32 [] of "x", found 0',
    ],
    [
      'two that overlap',
      safetensorsFile(`{"b":${u8(1, 3)},"a":${u8(0, 2)}}`, [1, 2, 3]),
      'file, byte 9: expected the data of "b" to begin at 2, where "a" ends, found 1',
    ],
    [
      'the same twice',
      safetensorsFile(`{"a":${u8(0, 2)},"b":${u8(0, 2)}}`, [1, 2]),
      'file, byte 61: expected the data of "b" to begin at 2, where "a" ends, found 0',
    ],
    [
      'a gap',
      safetensorsFile(`{"a":${u8(0, 1)},"b":${u8(2, 3)}}`, [1, 2, 3]),
      'file, byte 61: expected the data of "b" to begin at 1, where "a" ends, found 2',
    ],
    [
      'a gap before the first',
      safetensorsFile(`{"a":${u8(1, 2)}}`, [1, 2]),
      'file, byte 9: expected the data of "a" to begin at 0, found 1',
    ],
    [
      'an empty one within another',
      safetensorsFile(`{"a":${u8(0, 2)},"b":${u8(1, 1)}}`, [1, 2]),
      'file, byte 61: expected the data of "b" to begin at 2, where "a" ends, found 1',
    ],
    [
      'metadata that are none',
      safetensorsFile('{"__metadata__":null}'),
      "file, byte 24: expected an object, found 'n'",
    ],
    [
      'metadata that are not strings',
      safetensorsFile('{"__metadata__":{"epoch":3}}'),
      "file, byte 33: expected a string, found '3'",
    ],
    [
      'metadata twice',
      safetensorsFile('{"__metadata__":{},"__metadata__":{}}'),
      'file, byte 27: expected each name once, found "__metadata__" again',
    ],
    [
      'a name that is long',
      safetensorsFile(`{"${'x'.repeat(1000)}":{}}`),
      `file, byte 9: expected a 'data_offsets' of "${'x'.repeat(80)}...", found none`,
    ],
  ])('%s', async (_, bytes, message) => {
    expect(await problem(bytes)).toBe(message)
  })

  test('a boolean of 2, when it is read', async () => {
    const file = parseSafetensors(safetensorsFile(`{"x":${entry('BOOL', '[2]', '[0,2]')}}`, [1, 2]), 'file')
    const read = async (get: () => unknown) => get()
    const message = 'file, byte 64: expected a boolean, 0 or 1, found 2'
    expect(await problemOf(read(() => file.tensor('x')))).toBe(message)
    expect(await problemOf(read(() => file.tensors()))).toBe(message)
  })

  test('a tensor that is not there', () => {
    const none = parseSafetensors(safetensorsFile('{}'), 'file')
    expect(() => none.tensor('x')).toThrow('file: expected a tensor "x", found none')
    const one: HostTensor = { dtype: 'u8', shape: [], data: Uint8Array.of(1) }
    const many = new Map(Array.from({ length: 12 }, (_, i) => [`${i + 10}`, one]))
    expect(() => parseSafetensors(serializeSafetensors(many)).tensor('x')).toThrow(
      'safetensors: expected a tensor "x", found "10", "11", "12", "13", "14", "15", "16", "17", "18", "19" and 2 more',
    )
  })
})

describe('what no file can have is a RangeError', () => {
  const u8 = (shape: readonly number[], ...values: number[]): HostTensor => ({
    dtype: 'u8',
    shape,
    data: Uint8Array.from(values),
  })
  const one = u8([], 1)
  const types = 'u64, i64, f64, f32, u32, i32, bf16, f16, u16, i16, i8, u8, bool'

  test.each<[message: string, name: string, tensor: HostTensor, metadata?: { readonly [key: string]: string }]>([
    [`"__metadata__" is no name of a tensor: a file's metadata have it`, '__metadata__', one],
    ['"\\ud83d" is a name with half of a character in it, which UTF-8 has not', '\ud83d', one],
    [`"x" is of f8; it must be of one of ${types}`, 'x', { ...one, dtype: 'f8' as never }],
    ['"x" has the shape [1.5]; it must have whole numbers from 0 on', 'x', u8([1.5], 1)],
    ['"x" has the shape [-1, -1]; it must have whole numbers from 0 on', 'x', u8([-1, -1], 1)],
    ['"x" has the shape [2, 2], and 1 elements', 'x', u8([2, 2], 1)],
    ['"x" is of bf16, and its elements are in a Uint8Array', 'x', { ...u8([1], 1), dtype: 'bf16' }],
    ['"x" is of bool, and element 1 is 2; it must be 0 or 1', 'x', { ...u8([2], 1, 2), dtype: 'bool' }],
    ['metadata "epoch" is a number; it must be a string', 'x', one, { epoch: 3 as never }],
    ['metadata "a" has half of a character in it, which UTF-8 has not', 'x', one, { a: '\udc00' }],
    [
      'names, shapes and metadata take a header of 100000080 bytes; it may have 100000000',
      'x',
      one,
      { a: ' '.repeat(1e8) },
    ],
  ])('%s', (message, name, tensor, metadata) => {
    expect(() => serializeSafetensors(new Map([[name, tensor]]), metadata)).toThrow(
      new RangeError(`serializeSafetensors: ${message}`),
    )
  })
})

test('malformed files are DataErrors and take no memory', () =>
  fuzz(
    files,
    { perByte: 8 },
    async (bytes) => [...parseSafetensors(bytes, 'file').tensors().values()],
    (tensors) => tensors.forEach(isWhole),
  ))

/** Why Python cannot be asked, or undefined. */
const missing = ((): string | undefined => {
  const { error, status, stderr } = spawnSync('python3', ['-c', 'import ml_dtypes, safetensors.numpy'], {
    encoding: 'utf8',
  })
  if (error) return `python3 was not run: ${error.message}`
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1)
})()
if (missing !== undefined) console.info(`Python is not asked to read what is written: ${missing}`)

const again = `
import sys, ml_dtypes
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
for path in sys.argv[1:]:
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    save_file(load_file(path), path + ".again", metadata=metadata)
`

test.skipIf(missing !== undefined)('Python reads what is written, and writes the same bytes', () => {
  // It puts the keys of metadata in any order.
  const oneText = texts.map((text) => Object.fromEntries(Object.entries(text).slice(0, 1)))
  const made = fc.tuple(maps, oneText).map(([tensors, metadata]) => serializeSafetensors(tensors, metadata))
  const written = Object.fromEntries(fc.sample(made, { numRuns: 100, seed: 1 }).map((bytes, i) => [`${i}`, bytes]))
  return withFolder(written, async (folder) => {
    const paths = Object.keys(written).map((name) => join(folder, name))
    const { status, stderr } = spawnSync('python3', ['-c', again, ...paths], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const path of paths) expect(await readFile(`${path}.again`)).toEqual(await readFile(path))
  })
})
