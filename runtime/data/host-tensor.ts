/**
 * The element types of files. Halves of either kind are held as the f32 that they are exactly, booleans as bytes of 0
 * and 1.
 */
export type FileDType =
  | 'f64'
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'i64'
  | 'u64'
  | 'i32'
  | 'u32'
  | 'i16'
  | 'u16'
  | 'i8'
  | 'u8'
  | 'bool'

interface Arrays {
  readonly f64: Float64Array
  readonly f32: Float32Array
  readonly f16: Float32Array
  readonly bf16: Float32Array
  readonly i64: BigInt64Array
  readonly u64: BigUint64Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly i16: Int16Array
  readonly u16: Uint16Array
  readonly i8: Int8Array
  readonly u8: Uint8Array
  readonly bool: Uint8Array
}
export type ElementsOf<D extends FileDType> = Arrays[D]

/** A tensor in the host's memory, row-major, as a file has it. */
export interface HostTensor<D extends FileDType = FileDType> {
  readonly dtype: D
  readonly shape: readonly number[]
  readonly data: ElementsOf<D>
}

/** How many elements a shape has. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/**
 * Its elements as f32: floats rounded to the nearest, whole numbers only where they are exact. Throws a RangeError
 * otherwise.
 */
export function asF32(tensor: HostTensor): Float32Array {
  const { dtype, data } = tensor
  if (data instanceof Float32Array) return data
  const floats = Float32Array.from(data as ArrayLike<number | bigint>, Number)
  if (dtype !== 'f64') checkExact(tensor, floats, 'f32')
  return floats
}

/** Its elements as i32. Throws a RangeError where they are not whole numbers of 32 bits. */
export const asI32 = (tensor: HostTensor): Int32Array =>
  tensor.data instanceof Int32Array ? tensor.data : exactly(tensor, Int32Array, 'i32')

/** Its elements as u32. Throws a RangeError where they are not whole numbers of 32 bits that are not negative. */
export const asU32 = (tensor: HostTensor): Uint32Array =>
  tensor.data instanceof Uint32Array ? tensor.data : exactly(tensor, Uint32Array, 'u32')

interface ArrayType<A> {
  from(numbers: ArrayLike<number | bigint>, map: (value: number | bigint) => number): A
}

function exactly<A extends ArrayLike<number>>(tensor: HostTensor, type: ArrayType<A>, as: string): A {
  const made = type.from(tensor.data as ArrayLike<number | bigint>, Number)
  checkExact(tensor, made, as)
  return made
}

function checkExact({ dtype, data }: HostTensor, made: ArrayLike<number>, as: string): void {
  // Compared as bigints where they are: as numbers large ones could be equal that are not.
  const same = (i: number) => {
    const value = data[i]!
    return typeof value === 'bigint' ? Number.isInteger(made[i]) && value === BigInt(made[i]!) : value === made[i]
  }
  for (let i = 0; i < data.length; i++)
    if (!same(i)) throw new RangeError(`element ${i} of this ${dtype} tensor is ${data[i]}, which ${as} does not have`)
}
