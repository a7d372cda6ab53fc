import { checkBooleans } from './check-booleans.ts'
import { checkHostTensor } from './check-host-tensor.ts'
import { DataError } from './data-error.ts'
import { bytesOf, elementsOf, storedBytes } from './elements.ts'
import { gunzipped } from './gzip.ts'
import { type ElementsOf, type FileDType, type HostTensor, sizeOf } from './host-tensor.ts'

/** The element types of `.npy` files that are read. */
export type NpyDType = Exclude<FileDType, 'bf16'>

const dtypes: { readonly [kind: string]: NpyDType } = {
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
  i1: 'i8',
  i2: 'i16',
  i4: 'i32',
  i8: 'i64',
  u1: 'u8',
  u2: 'u16',
  u4: 'u32',
  u8: 'u64',
  b1: 'bool',
}

/** As NumPy has it, for the same reason: a longer one is that of records, or of somebody who means harm. */
const longestHeader = 10_000

/**
 * A tensor of a `.npy` file, of versions 1 to 3, also one that was compressed by gzip. Axes in Fortran's order are put
 * in C's. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param name what errors call it.
 * @throws DataError where the bytes are no such file, whole and nothing more, or its elements are of a type that is not
 * read here (strings, records, complex).
 */
export async function parseNpy(bytes: Uint8Array, name: string): Promise<HostTensor<NpyDType>> {
  const expanded = await gunzipped(bytes, name)
  return npyTensor(expanded.bytes, expanded.file)
}

/** The tensor of such a file that nothing compressed. */
export function npyTensor(bytes: Uint8Array, file: string): HostTensor<NpyDType> {
  const { header, headerAt, start } = headerOf(bytes, file)
  const { dtype, order, fortran, shape } = described(header, file, headerAt)
  const size = sizeOf(shape) * bytesOf(dtype)
  if (bytes.length - start !== size)
    throw new DataError(
      file,
      start,
      `expected ${size} bytes for ${dtype} [${shape.join(', ')}], found ${bytes.length - start}`,
    )
  const stored = elementsOf(bytes.subarray(start), dtype, order)
  if (dtype === 'bool') checkBooleans(stored as Uint8Array, file, start)
  return { dtype, shape, data: fortran && shape.length > 1 ? rowMajor(stored, shape) : stored }
}

const magic = '\x93NUMPY'

function headerOf(bytes: Uint8Array, file: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!startsWith(bytes, magic)) throw new DataError(file, 0, "expected a .npy file, which begins with '\\x93NUMPY'")
  const [major = 0, minor = 0] = bytes.subarray(6, 8)
  if (bytes.length >= 8 && (major < 1 || major > 3 || minor !== 0))
    throw new DataError(file, 6, `expected version 1.0, 2.0 or 3.0 of .npy, found ${major}.${minor}`)
  const headerAt = major === 1 ? 10 : 12
  if (bytes.length < headerAt)
    throw new DataError(file, bytes.length, "expected the length of .npy's header, found the end of the file")
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > longestHeader)
    throw new DataError(file, 8, `expected a header of at most ${longestHeader} bytes, found a length of ${length}`)
  const start = headerAt + length
  if (start > bytes.length)
    throw new DataError(
      file,
      8,
      `expected a header within the file's ${bytes.length} bytes, found a length of ${length}`,
    )
  const header = new TextDecoder(major < 3 ? 'latin1' : 'utf-8').decode(bytes.subarray(headerAt, start))
  return { header, headerAt, start }
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  [...text].every((letter, i) => bytes[i] === letter.charCodeAt(0))

/** What the header says, which is a dictionary as Python writes it. */
function described(header: string, file: string, at: number) {
  if (!header.startsWith('{') || !header.trimEnd().endsWith('}'))
    throw new DataError(file, at, `expected a header in braces, found ${JSON.stringify(header.slice(0, 40))}`)
  const valueFor = (key: string, value: RegExp, what: string): string => {
    const found = new RegExp(`['"]${key}['"]\\s*:\\s*${value.source}`).exec(header)
    if (found) return found[1]!
    const text = new RegExp(`['"]${key}['"]\\s*:\\s*(.{1,40})`, 's').exec(header)?.[1]
    throw new DataError(file, at, `expected ${what}, found ${text === undefined ? 'none in the header' : text.trim()}`)
  }
  const known = `a 'descr' of one type of elements (${Object.keys(dtypes).join(', ')}, after < or >)`
  const descr = valueFor('descr', /['"]([^'"]*)['"]/, known)
  const [, order, kind] = /^([<>|=]?)(\w+)$/.exec(descr) ?? []
  const dtype = kind !== undefined && Object.hasOwn(dtypes, kind) ? dtypes[kind]! : undefined
  if (!dtype) throw new DataError(file, at, `expected ${known}, found '${descr}'`)
  const fortran = valueFor('fortran_order', /(True|False)/, "a 'fortran_order' of True or False") === 'True'
  const dims = valueFor('shape', /\(([^()]*)\)/, "a 'shape' of whole numbers").split(',')
  if (dims.at(-1)!.trim() === '') dims.pop()
  // Python 2 wrote 28L.
  const wrong = dims.find((dim) => !/^\d+L?$/.test(dim.trim()))
  if (wrong !== undefined) throw new DataError(file, at, `expected a 'shape' of whole numbers, found '${wrong.trim()}'`)
  const shape = dims.map((dim) => Number.parseInt(dim, 10))
  return { dtype, fortran, shape, order: order === '>' ? 'big' : 'little' } as const
}

/** Elements whose first axis lies together, as ones whose last does. */
function rowMajor<D extends NpyDType>(stored: ElementsOf<D>, shape: readonly number[]): ElementsOf<D> {
  const made = stored.slice()
  const index = shape.map(() => 0)
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  let from = 0
  for (let to = 0; to < made.length; to++) {
    made[to] = stored[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      index[axis]!++
      if (index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return made as ElementsOf<D>
}

/**
 * A `.npy` file of a tensor, of version 1, to the byte as NumPy writes it. Elements of f16 are rounded to the nearest,
 * of two the even one.
 *
 * @throws RangeError where the tensor is not of its shape and type, or of bf16, which NumPy has not.
 */
export function serializeNpy(tensor: HostTensor<NpyDType>): Uint8Array {
  const { dtype, shape } = tensor
  const fail = (problem: string): never => {
    throw new RangeError(`serializeNpy: the tensor ${problem}`)
  }
  checkHostTensor(tensor, Object.values(dtypes), fail)
  const kind = Object.keys(dtypes).find((name) => dtypes[name] === dtype)
  const order = bytesOf(dtype) === 1 ? '|' : '<'
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const described = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${dims}), }`
  // NumPy leaves room for the first axis to become a number of 21 digits in place.
  const room = described.length + (shape.length > 0 ? 21 - `${shape[0]}`.length : 0)
  const start = 64 * Math.ceil((10 + room + 1) / 64)
  if (start - 10 > longestHeader) fail(`has ${shape.length} axes, which take a longer header than is read again`)
  const header = `${described.padEnd(start - 11)}\n`
  const stored = storedBytes(tensor)
  const bytes = new Uint8Array(start + stored.length)
  bytes.set(Array.from(`${magic}\x01\x00`, (letter) => letter.charCodeAt(0)))
  new DataView(bytes.buffer).setUint16(8, header.length, true)
  bytes.set(new TextEncoder().encode(header), 10)
  bytes.set(stored, start)
  return bytes
}
