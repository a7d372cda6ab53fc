import type { DType, Type } from './graph.ts'
import { sizeOf } from './graph.ts'
import type { Dense } from './primitive.ts'

/** A dense array from its elements in row-major order. Throws where their number does not fit the shape. */
export function dense(shape: readonly number[], elements: ArrayLike<number>, dtype: DType = 'f32'): Dense {
  if (elements.length !== sizeOf(shape))
    throw new Error(`dense: [${shape.join(', ')}] has ${sizeOf(shape)} elements and ${elements.length} are given`)
  return { shape, dtype, data: Float64Array.from(elements) }
}

/** A dense array with all elements equal. */
export const filled = (type: Type, value: number): Dense => ({
  ...type,
  data: new Float64Array(sizeOf(type.shape)).fill(value),
})

/** A dense array with element k computed from k, its place in row-major order. */
export function generated(type: Type, element: (k: number) => number): Dense {
  const data = new Float64Array(sizeOf(type.shape))
  for (let k = 0; k < data.length; k++) data[k] = element(k)
  return { ...type, data }
}

/** How far apart neighbours along each axis lie in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

/**
 * start + sum of index * stride for every index of a shape, in row-major order: any walk over an array, as a list of
 * places.
 */
export function places(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let found = Int32Array.of(start)
  for (const [axis, size] of shape.entries()) {
    const next = new Int32Array(found.length * size)
    for (let i = 0; i < found.length; i++)
      for (let k = 0; k < size; k++) next[i * size + k] = found[i]! + k * strides[axis]!
    found = next
  }
  return found
}

/** A number as a dtype holds it: integers wrap at 32 bits, floats are not rounded. */
export const wrap = (value: number, dtype: DType): number =>
  dtype === 'u32' ? value >>> 0 : dtype === 'i32' ? value | 0 : value
