import fc from 'fast-check'
import { sizeOf } from '../compiler/ir/graph.ts'
import type { DType } from '../dsl/index.ts'
import { arrayOf, type NdArray } from './array.ts'
import { boundsOf, drawElements, type Range, simplerElements } from './elements.ts'

export interface SizeRange {
  readonly min?: number
  readonly max?: number
}

/** Sizes at which things go wrong: nothing, one of it, and primes, which no tile or factor divides. */
const telling = [0, 1, 2, 3, 5, 7]

export const sizeRange = (range: number | SizeRange = {}): Required<SizeRange> =>
  typeof range === 'number' ? { min: range, max: range } : { min: 0, max: Math.max(7, range.min ?? 0), ...range }

export function drawSize(random: fc.Random, { min, max }: Required<SizeRange>): number {
  const likely = telling.filter((size) => size >= min && size <= max)
  return likely.length > 0 && random.nextInt(0, 3) > 0
    ? likely[random.nextInt(0, likely.length - 1)]!
    : random.nextInt(min, max)
}

export const smallerSizes = (size: number, { min }: Required<SizeRange>): readonly number[] =>
  [...new Set([min, 0, 1, Math.floor(size / 2), size - 1])].filter((smaller) => smaller >= min && smaller < size)

/** A size of a dim: 0 to 7 unless a range is given. */
export const sizes = (range: SizeRange = {}): fc.Arbitrary<number> => {
  const { min, max } = sizeRange(range)
  const likely = telling.filter((size) => size >= min && size <= max)
  return fc.oneof(fc.integer({ min, max }), ...likely.map((size) => fc.constant(size)))
}

export interface ShapesOptions {
  readonly minRank?: number
  readonly maxRank?: number
  readonly sizes?: SizeRange
}
/** Shapes of rank 0 to 3 unless told otherwise. */
export const shapes = ({ minRank = 0, maxRank = 3, sizes: range }: ShapesOptions = {}): fc.Arbitrary<number[]> =>
  fc.array(sizes(range), { minLength: minRank, maxLength: maxRank })

/** Two shapes that broadcast against each other, and the shape that they broadcast to. */
export const broadcasting = (
  options: ShapesOptions = {},
): fc.Arbitrary<{ readonly a: number[]; readonly b: number[]; readonly shape: number[] }> =>
  fc
    .record({
      shape: shapes(options),
      a: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      b: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      lacking: fc.nat(7),
      which: fc.boolean(),
    })
    .map(({ shape, a, b, lacking, which }) => {
      // An axis is stretched on one side at most, and one side may lack leading axes.
      const left = shape.map((size, i) => (a[i] ? 1 : size))
      const right = shape.map((size, i) => (b[i] && !a[i] ? 1 : size))
      const gone = Math.min(lacking, shape.length)
      return which
        ? { a: left.slice(gone), b: right, shape: joined(left.slice(gone), right) }
        : { a: left, b: right.slice(gone), shape: joined(left, right.slice(gone)) }
    })
const joined = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a.at(i - rank) ?? 1, b.at(i - rank) ?? 1]
    return x === 1 ? y : x
  })
}

export interface ArraysOptions<D extends DType> {
  readonly dtype?: D
  readonly values?: Range
}
/** Arrays of a shape. */
export const arrays = <D extends DType = 'f32'>(
  shape: readonly number[],
  options: ArraysOptions<D> = {},
): fc.Arbitrary<NdArray<D>> => new OfShape(shape, options.dtype ?? ('f32' as D), options.values)

class OfShape<D extends DType> extends fc.Arbitrary<NdArray<D>> {
  readonly shape: readonly number[]
  readonly dtype: D
  readonly bounds: ReturnType<typeof boundsOf>

  constructor(shape: readonly number[], dtype: D, values: Range | undefined) {
    super()
    this.shape = shape
    this.dtype = dtype
    this.bounds = boundsOf(dtype, values)
  }
  override generate(random: fc.Random): fc.Value<NdArray<D>> {
    const count = sizeOf(this.shape) * (this.dtype === 'key' ? 2 : 1)
    return this.valued(drawElements(random, count, this.dtype, this.bounds))
  }
  override canShrinkWithoutContext(value: unknown): value is NdArray<D> {
    return typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Float64Array
  }
  override shrink(value: NdArray<D>): fc.Stream<fc.Value<NdArray<D>>> {
    return fc.stream(simplerElements(value.data, this.bounds)).map((data) => this.valued(data))
  }
  private valued(data: Float64Array): fc.Value<NdArray<D>> {
    return new fc.Value(arrayOf(this.shape, this.dtype, data), undefined)
  }
}
