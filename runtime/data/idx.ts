import { DataError } from './data-error.ts'
import { bytesOf, elementsOf } from './elements.ts'
import { gunzipped } from './gzip.ts'
import { type HostTensor, sizeOf } from './host-tensor.ts'

/** The element types that IDX has. */
export type IdxDType = 'u8' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64'

const dtypes: { readonly [code: number]: IdxDType } = {
  8: 'u8',
  9: 'i8',
  11: 'i16',
  12: 'i32',
  13: 'f32',
  14: 'f64',
}

/**
 * A tensor of an IDX file, as MNIST is given, also one that was compressed by gzip: 00 00, the type, the number of
 * dims, the dims, the elements, most significant byte first. http://yann.lecun.com/exdb/mnist
 *
 * @param name what errors call it.
 * @throws DataError where the bytes are no such file, whole and nothing more.
 */
export async function parseIdx(bytes: Uint8Array, name: string): Promise<HostTensor<IdxDType>> {
  const { bytes: all, file } = await gunzipped(bytes, name)
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
  if (all.length < 4) throw new DataError(file, all.length, `expected the 4 bytes of IDX's magic, found ${all.length}`)
  if (view.getUint16(0) !== 0)
    throw new DataError(file, 0, `expected an IDX file, which begins with 00 00, found ${hex(all[0]!)} ${hex(all[1]!)}`)
  const dtype = dtypes[all[2]!]
  if (!dtype) {
    const known = Object.entries(dtypes).map(([code, type]) => `${hex(Number(code))} (${type})`)
    throw new DataError(file, 2, `expected a type of elements, ${known.join(', ')}, found ${hex(all[2]!)}`)
  }
  const rank = all[3]!
  const start = 4 + 4 * rank
  if (all.length < start)
    throw new DataError(file, all.length, `expected ${rank} dims, up to byte ${start}, found the end of the file`)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const size = sizeOf(shape) * bytesOf(dtype)
  if (all.length - start !== size)
    throw new DataError(
      file,
      start,
      `expected ${size} bytes for ${dtype} [${shape.join(', ')}], found ${all.length - start}`,
    )
  return { dtype, shape, data: elementsOf(all.subarray(start), dtype, 'big') }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
