import fc from 'fast-check'
import { sizeOf } from '../compiler/ir/graph.ts'
import { type DType, FluxionError } from '../dsl/index.ts'

/**
 * A tensor's numbers: float64 in row-major order, bool as 0 and 1. A key has the shape that its author sees, [], and
 * two elements, its words.
 */
export interface NdArray<out D extends DType = DType> {
  readonly shape: readonly number[]
  readonly dtype: D
  readonly data: Float64Array
}
/** Numbers as they are written: 3, [1, 2], [[1, 2], [3, 4]]. */
export type Nested = number | boolean | readonly Nested[]

/**
 * An array from nested lists of numbers, of f32 unless another dtype is given; `shape` says what lists cannot, such as
 * [0, 3].
 */
export function array(elements: Nested): NdArray<'f32'>
export function array<D extends DType = 'f32'>(
  elements: Nested,
  options: { readonly dtype?: D; readonly shape?: readonly number[] },
): NdArray<D>
export function array(
  elements: Nested,
  { dtype = 'f32', shape }: { readonly dtype?: DType; readonly shape?: readonly number[] } = {},
): NdArray {
  const flat: number[] = []
  const found = flatten(elements, flat)
  const made = shape ?? (dtype === 'key' ? found.slice(0, -1) : found)
  const count = sizeOf(made) * (dtype === 'key' ? 2 : 1)
  if (flat.length !== count)
    throw complaint(`shape error: array: [${made.join(', ')}] has ${count} elements and ${flat.length} are given`)
  return arrayOf(made, dtype, Float64Array.from(flat))
}

/** Appends the numbers to `flat`, and gives the shape of the lists. */
function flatten(nested: Nested, flat: number[]): readonly number[] {
  if (!Array.isArray(nested)) {
    flat.push(Number(nested))
    return []
  }
  const shapes = (nested as readonly Nested[]).map((part) => flatten(part, flat))
  const [first = []] = shapes
  const other = shapes.find((shape) => `${shape}` !== `${first}`)
  if (other)
    throw complaint(`shape error: array: a list has parts of shape [${first.join(', ')}] and [${other.join(', ')}]`)
  return [shapes.length, ...first]
}

export const arrayOf = <D extends DType>(shape: readonly number[], dtype: D, data: Float64Array): NdArray<D> =>
  new PrintedArray(shape, dtype, data)

/** What reports of failures print can be pasted: it is the call that makes the array. */
class PrintedArray<D extends DType> implements NdArray<D> {
  readonly shape: readonly number[]
  readonly dtype: D
  readonly data: Float64Array

  constructor(shape: readonly number[], dtype: D, data: Float64Array) {
    this.shape = shape
    this.dtype = dtype
    this.data = data
  }

  toString(): string {
    const flat = this.shape.includes(0)
    const shape = flat && (this.shape.length > 1 || this.dtype === 'key') ? [`shape: [${this.shape.join(', ')}]`] : []
    const options = [...(this.dtype === 'f32' ? [] : [`dtype: '${this.dtype}'`]), ...shape]
    const elements = flat ? '[]' : nested(this.data, this.dtype === 'key' ? [...this.shape, 2] : this.shape)
    return `array(${elements}${options.length > 0 ? `, { ${options.join(', ')} }` : ''})`
  }
  [fc.toStringMethod](): string {
    return this.toString()
  }
}

function nested(data: Float64Array, [size, ...rest]: readonly number[]): string {
  if (size === undefined) return Object.is(data[0], -0) ? '-0' : `${data[0]}`
  const part = data.length / size
  const parts = Array.from({ length: size }, (_, i) => nested(data.subarray(i * part, (i + 1) * part), rest))
  return `[${parts.join(', ')}]`
}

export const isArray = (x: unknown): x is NdArray =>
  typeof x === 'object' && x !== null && 'data' in x && x.data instanceof Float64Array && 'shape' in x && 'dtype' in x

export const isNested = (x: unknown): x is Nested =>
  typeof x === 'number' || typeof x === 'boolean' || (Array.isArray(x) && x.every(isNested))

/** An error about what an author gave: it has no line in a program. */
export const complaint = (text: string): FluxionError => new FluxionError(text, { scope: [], frame: () => undefined })
