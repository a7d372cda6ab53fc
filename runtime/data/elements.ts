import { fromHalves, toHalves } from '../halves.ts'
import { fromBfloats, toBfloats } from './bfloats.ts'
import type { ElementsOf, FileDType, HostTensor } from './host-tensor.ts'

const arrays = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i16: Int16Array,
  u16: Uint16Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const satisfies { readonly [D in FileDType]: unknown }

/** How many bytes an element has in a file. */
export const bytesOf = (dtype: FileDType): number => arrays[dtype].BYTES_PER_ELEMENT

type ByteOrder = 'little' | 'big'

/** Whole elements as a file has them. They share the file's memory where they lie in it as the host would have them. */
export function elementsOf<D extends FileDType>(bytes: Uint8Array, dtype: D, order: ByteOrder): ElementsOf<D> {
  const width = bytesOf(dtype)
  const inPlace = width === 1 || (order === 'little' && bytes.byteOffset % width === 0)
  const { buffer, byteOffset, byteLength } = inPlace ? bytes : new Uint8Array(bytes)
  if (!inPlace && order === 'big') reverseEach(new Uint8Array(buffer), width)
  const elements = new arrays[dtype](buffer as ArrayBuffer, byteOffset, byteLength / width)
  return (widen[dtype]?.(elements as Uint16Array) ?? elements) as ElementsOf<D>
}

const widen: { readonly [D in FileDType]?: (stored: Uint16Array) => Float32Array } = {
  f16: fromHalves,
  bf16: fromBfloats,
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}

/** The bytes of a tensor's elements as a file has them, the lowest first. They may be the tensor's own. */
export function storedBytes({ dtype, data }: HostTensor): Uint8Array {
  const stored =
    dtype === 'f16'
      ? toHalves(data as Float32Array).subarray(0, data.length)
      : dtype === 'bf16'
        ? toBfloats(data as Float32Array)
        : data
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
}

/** Whether these are the arrays that a tensor of this type has its elements in. */
export const isOf = (dtype: FileDType, data: unknown): boolean =>
  data instanceof (Object.hasOwn(widen, dtype) ? Float32Array : arrays[dtype])
