import { checkBooleans } from './check-booleans.ts'
import { checkHostTensor } from './check-host-tensor.ts'
import { DataError } from './data-error.ts'
import { bytesOf, elementsOf, storedBytes } from './elements.ts'
import { type HostTensor, sizeOf } from './host-tensor.ts'
import { halfOfPair, shown } from './json-reader.ts'
import { dtypes, type HeaderEntry, headerOf, longestHeader, metadataName } from './safetensors-header.ts'

/** What a tensor is, without its elements. */
export type SafetensorsType = Pick<HostTensor, 'dtype' | 'shape'>

/** A `.safetensors` file: named tensors, which are read when they are asked for. */
export interface SafetensorsFile {
  /** In the order of the header. */
  readonly names: readonly string[]
  /** What the file says of itself. It inherits nothing. */
  readonly metadata: { readonly [key: string]: string }
  /** Throws a DataError where no tensor has this name. */
  type(name: string): SafetensorsType
  /**
   * A copy of its elements, halves of either kind widened to f32. Throws a DataError where no tensor has this name, and
   * where a boolean is neither 0 nor 1.
   */
  tensor(name: string): HostTensor
  /** All of them, in the order of `names`, as `tensor` gives them. */
  tensors(): Map<string, HostTensor>
}

/**
 * The tensors of a `.safetensors` file. Only its header is read now. The bytes are kept, and must not change.
 * https://huggingface.co/docs/safetensors
 *
 * @param name what errors call it.
 * @throws DataError where the bytes are no such file, whole and nothing more, or elements are of a type that is not
 * read here (numbers of 4 to 8 bits, complex ones).
 */
export function parseSafetensors(bytes: Uint8Array, name = 'safetensors'): SafetensorsFile {
  const { entries, metadata, dataAt } = headerOf(bytes, name)
  checkLayout(entries, dataAt, bytes.length, name)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const entryOf = (tensor: string): HeaderEntry => {
    const entry = byName.get(tensor)
    if (!entry) throw new DataError(name, undefined, `expected a tensor ${shown(tensor)}, found ${listed(entries)}`)
    return entry
  }
  const tensorOf = (entry: HeaderEntry): HostTensor => {
    const { dtype, shape, begin, end } = entry
    const stored = new Uint8Array(bytes.subarray(dataAt + begin, dataAt + end))
    if (dtype === 'bool') checkBooleans(stored, name, dataAt + begin)
    return { dtype, shape: [...shape], data: elementsOf(stored, dtype, 'little') }
  }
  return {
    names: entries.map((entry) => entry.name),
    metadata,
    type(tensor) {
      const { dtype, shape } = entryOf(tensor)
      return { dtype, shape: [...shape] }
    },
    tensor: (tensor) => tensorOf(entryOf(tensor)),
    tensors: () => new Map(entries.map((entry) => [entry.name, tensorOf(entry)])),
  }
}

/** The elements of all tensors lie end to end, from the header to the end of the file. */
function checkLayout(entries: readonly HeaderEntry[], dataAt: number, fileEnd: number, file: string): void {
  const size = fileEnd - dataAt
  for (const entry of entries) checkSize(entry, size, file)
  let before: HeaderEntry | undefined
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    const beginning = before ? `${before.end}, where ${shown(before.name)} ends` : '0'
    if (entry.begin !== (before?.end ?? 0))
      throw new DataError(
        file,
        entry.at,
        `expected the data of ${shown(entry.name)} to begin at ${beginning}, found ${entry.begin}`,
      )
    before = entry
  }
  const end = before?.end ?? 0
  if (end < size)
    throw new DataError(
      file,
      dataAt + end,
      `expected the end of the file after the data of all tensors, found ${size - end} bytes more`,
    )
}

function checkSize({ name, dtype, shape, begin, end, at }: HeaderEntry, size: number, file: string): void {
  const fail = (problem: string): never => {
    throw new DataError(file, at, problem)
  }
  if (begin > end) fail(`expected the data of ${shown(name)} to begin before it ends, found [${begin}, ${end}]`)
  if (end > size)
    fail(`expected the data of ${shown(name)} within ${size} bytes, as many as follow, found it to end at ${end}`)
  let bytes = bytesOf(dtype)
  for (const dim of shape) {
    bytes *= dim
    if (!Number.isSafeInteger(bytes))
      fail(`expected a 'shape' of ${shown(name)} of less than 2^53 bytes, found [${shape.join(', ')}]`)
  }
  if (end - begin !== bytes)
    fail(`expected ${bytes} bytes for ${dtype} [${shape.join(', ')}] of ${shown(name)}, found ${end - begin}`)
}

function listed(entries: readonly HeaderEntry[]): string {
  const some = entries.slice(0, 10).map(({ name }) => shown(name))
  return entries.length > some.length
    ? `${some.join(', ')} and ${entries.length - some.length} more`
    : some.join(', ') || 'none'
}

/**
 * A `.safetensors` file of these tensors, to the byte as the Python library writes them: the widest elements first, and
 * by name where they are alike, so that all lie at a multiple of their size. Elements of f16 and bf16 are rounded to
 * the nearest, of two the even one.
 *
 * @throws RangeError where a tensor is not of its shape and type, or where no such file can have what is given.
 */
export function serializeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: { readonly [key: string]: string } = {},
): Uint8Array {
  for (const [name, tensor] of tensors) checkTensor(name, tensor)
  for (const [key, value] of Object.entries(metadata)) checkText(key, value)
  const inOrder = [...tensors]
    .map(([name, tensor]) => ({ name, tensor, rank: ranks.get(tensor.dtype)!, utf8: byteString(name) }))
    .sort((a, b) => a.rank - b.rank || (a.utf8 < b.utf8 ? -1 : 1))
  const parts: string[] = []
  if (Object.keys(metadata).length > 0) parts.push(`"${metadataName}":${JSON.stringify(metadata)}`)
  let end = 0
  for (const { name, tensor, rank } of inOrder) {
    const begin = end
    end += sizeOf(tensor.shape) * bytesOf(tensor.dtype)
    const entry = { dtype: names[rank], shape: tensor.shape, data_offsets: [begin, end] }
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`)
  }
  const header = new TextEncoder().encode(`{${parts.join(',')}}`)
  const padded = 8 * Math.ceil(header.length / 8)
  if (padded > longestHeader)
    throw new RangeError(
      `serializeSafetensors: names, shapes and metadata take a header of ${padded} bytes; it may have ${longestHeader}`,
    )
  const bytes = new Uint8Array(8 + padded + end).fill(space, 8, 8 + padded)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(header, 8)
  let at = 8 + padded
  for (const { tensor } of inOrder) {
    const stored = storedBytes(tensor)
    bytes.set(stored, at)
    at += stored.length
  }
  return bytes
}

const space = 32
const names = Object.keys(dtypes)
const ranks = new Map(Object.values(dtypes).map((dtype, rank) => [dtype, rank]))

/**
 * A string whose code units are the bytes of UTF-8, by which names are in order: UTF-16 has another where there are
 * surrogates.
 */
const byteString = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')

function checkTensor(name: string, tensor: HostTensor): void {
  const fail = (problem: string): never => {
    throw new RangeError(`serializeSafetensors: ${shown(name)} ${problem}`)
  }
  if (name === metadataName) fail("is no name of a tensor: a file's metadata have it")
  if (halfOfPair.test(name)) fail('is a name with half of a character in it, which UTF-8 has not')
  checkHostTensor(tensor, [...ranks.keys()], fail)
}

function checkText(key: string, value: unknown): void {
  if (typeof value !== 'string')
    throw new RangeError(`serializeSafetensors: metadata ${shown(key)} is a ${typeof value}; it must be a string`)
  if (halfOfPair.test(key) || halfOfPair.test(value))
    throw new RangeError(
      `serializeSafetensors: metadata ${shown(key)} has half of a character in it, which UTF-8 has not`,
    )
}
