import { messageOf } from '../message-of.ts'
import { DataError } from './data-error.ts'
import type { ColumnDType, Given, Mutable } from './dataset.ts'
import { asF32, asI32, asU32, type HostTensor } from './host-tensor.ts'

/** What a tensor of a file, which has a row for each index of its first axis, is as a column. */
export interface ColumnOptions<S extends readonly number[] = readonly number[], D extends ColumnDType = ColumnDType> {
  /** Of a row: [28, 28] where the file's is [60000, 28, 28]. Another than the file's is an error. */
  readonly shape: S
  /** Default 'f32'. What it does not have exactly is an error; floats of 64 bits are rounded. */
  readonly dtype?: D
  /** What numbers are multiplied by as they become f32: 1 / 255 for images of bytes. Default 1. */
  readonly scale?: number
}

/** A column for `dataset({ image: column })`. */
export interface StoredColumn<S extends readonly number[], D extends ColumnDType> extends Given<S, D> {
  readonly shape: S
  readonly dtype: D
}

/**
 * A file's tensor as a column. Numbers of 8 and 16 bits stay what they are until rows are asked for.
 *
 * @param file what errors call it.
 * @throws DataError where the tensor is not of these rows.
 */
export function columnOf<const S extends readonly number[], D extends ColumnDType = 'f32'>(
  tensor: HostTensor,
  { shape, dtype = 'f32' as D, scale = 1 }: ColumnOptions<S, D>,
  file: string,
): StoredColumn<Mutable<S>, D> {
  const [, ...rows] = tensor.shape
  if (tensor.shape.length !== shape.length + 1 || !shape.every((size, axis) => size === rows[axis]))
    throw new DataError(
      file,
      undefined,
      `expected rows of [${shape.join(', ')}], found a tensor of [${tensor.shape.join(', ')}]`,
    )
  if (!shape.every((size) => size > 0)) throw new DataError(file, undefined, 'expected rows that are not empty')
  return { shape: [...shape], dtype, scale, data: dataOf(tensor, dtype, file) } as never
}

function dataOf(tensor: HostTensor, dtype: ColumnDType, file: string): Given['data'] {
  const { data } = tensor
  const isNarrow =
    data instanceof Uint8Array || data instanceof Int8Array || data instanceof Uint16Array || data instanceof Int16Array
  if (isNarrow && (dtype !== 'u32' || data.every((value) => value >= 0))) return data
  try {
    return { f32: asF32, i32: asI32, u32: asU32 }[dtype](tensor)
  } catch (error) {
    const said = messageOf(error)
    throw new DataError(file, undefined, `expected elements that ${dtype} has exactly: ${said}`, { cause: error })
  }
}
