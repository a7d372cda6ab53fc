import { DataError } from './data-error.ts'
import type { FileDType } from './host-tensor.ts'
import { type JsonReader, jsonReader, shown } from './json-reader.ts'

/** What a header says of a tensor. */
export interface HeaderEntry {
  readonly name: string
  readonly dtype: FileDType
  readonly shape: readonly number[]
  /** Where its elements are, in bytes from the header's end on. */
  readonly begin: number
  readonly end: number
  /** Where the header says so, in bytes of the file. */
  readonly at: number
}

interface SafetensorsHeader {
  readonly entries: readonly HeaderEntry[]
  readonly metadata: { readonly [key: string]: string }
  /** Where the elements begin. */
  readonly dataAt: number
}

/**
 * The element types by their names in files. The library puts them in this order, by which every tensor lies at a
 * multiple of the size of its elements: widths descend.
 */
export const dtypes: { readonly [name: string]: FileDType } = {
  U64: 'u64',
  I64: 'i64',
  F64: 'f64',
  F32: 'f32',
  U32: 'u32',
  I32: 'i32',
  BF16: 'bf16',
  F16: 'f16',
  U16: 'u16',
  I16: 'i16',
  I8: 'i8',
  U8: 'u8',
  BOOL: 'bool',
}

/** As the library has it. */
export const longestHeader = 100_000_000

/** The name that is none of a tensor. */
export const metadataName = '__metadata__'

/** What stands before the elements. That the entries agree with each other and with the file is not checked. */
export function headerOf(bytes: Uint8Array, file: string): SafetensorsHeader {
  const dataAt = 8 + lengthOf(bytes, file)
  const json = jsonReader(bytes, file, 8, dataAt, 'the header')
  const entries: HeaderEntry[] = []
  // It inherits nothing that would be found under names like 'constructor'.
  const metadata: { [key: string]: string } = Object.create(null)
  json.object((name, at) => {
    if (name !== metadataName) entries.push(entryOf(json, file, name, at))
    else
      json.object((key) => {
        metadata[key] = json.string()
      })
  })
  json.end()
  return { entries, metadata, dataAt }
}

function lengthOf(bytes: Uint8Array, file: string): number {
  if (bytes.length < 8)
    throw new DataError(file, bytes.length, 'expected 8 bytes for the length of a header, found the end of the file')
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > longestHeader)
    throw new DataError(file, 0, `expected a header of at most ${longestHeader} bytes, found a length of ${length}`)
  if (length > bytes.length - 8)
    throw new DataError(
      file,
      0,
      `expected a header within the file's ${bytes.length} bytes, found a length of ${length}`,
    )
  return Number(length)
}

function entryOf(json: JsonReader, file: string, name: string, at: number): HeaderEntry {
  const fail = (where: number, problem: string): never => {
    throw new DataError(file, where, problem)
  }
  const numbers = (): readonly number[] => {
    const list: number[] = []
    json.array(() => list.push(json.whole()))
    return list
  }
  const dtypeOf = (text: string): FileDType => {
    const known = Object.keys(dtypes).join(', ')
    return Object.hasOwn(dtypes, text)
      ? dtypes[text]!
      : fail(at, `expected the 'dtype' of ${shown(name)} to be one of ${known}, found ${shown(text)}`)
  }
  let dtype: FileDType | undefined
  let shape: readonly number[] | undefined
  let offsets: readonly number[] | undefined
  json.object((field, fieldAt) => {
    if (field === 'dtype') dtype = dtypeOf(json.string())
    else if (field === 'shape') shape = numbers()
    else if (field === 'data_offsets') offsets = numbers()
    else fail(fieldAt, `expected 'dtype', 'shape' or 'data_offsets' of ${shown(name)}, found ${shown(field)}`)
  })
  const given = <T>(value: T | undefined, field: string): T =>
    value ?? fail(at, `expected a '${field}' of ${shown(name)}, found none`)
  const [begin, end, ...more] = given(offsets, 'data_offsets')
  if (begin === undefined || end === undefined || more.length > 0)
    return fail(at, `expected 'data_offsets' of ${shown(name)} to be two, found ${offsets?.length}`)
  return { name, dtype: given(dtype, 'dtype'), shape: given(shape, 'shape'), begin, end, at }
}
