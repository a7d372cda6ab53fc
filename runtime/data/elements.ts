import { fromHalves } from '../halves.ts'
import type { ElementsOf, FileDType } from './host-tensor.ts'

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Uint16Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const

/** The element types that are read here. */
export type StoredDType = keyof typeof arrays & FileDType

/** How many bytes an element has in a file. */
export const bytesOf = (dtype: StoredDType): number => arrays[dtype].BYTES_PER_ELEMENT

export type ByteOrder = 'little' | 'big'

/** Whole elements as a file has them. They share the file's memory where they lie in it as the host would have them. */
export function elementsOf<D extends StoredDType>(bytes: Uint8Array, dtype: D, order: ByteOrder): ElementsOf<D> {
  const width = bytesOf(dtype)
  const inPlace = width === 1 || (order === 'little' && bytes.byteOffset % width === 0)
  const { buffer, byteOffset, byteLength } = inPlace ? bytes : new Uint8Array(bytes)
  if (!inPlace && order === 'big') reverseEach(new Uint8Array(buffer), width)
  const elements = new arrays[dtype](buffer as ArrayBuffer, byteOffset, byteLength / width)
  return (dtype === 'f16' ? fromHalves(elements as Uint16Array) : elements) as ElementsOf<D>
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}
