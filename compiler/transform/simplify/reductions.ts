import { wrap } from '../../ir/dense.ts'
import { type DType, sizeOf, type Type, type Value } from '../../ir/graph.ts'
import { broadcast, constant, dot, mul, reduceMax, reshape, sum } from '../../ir/primitives/index.ts'
import { filledWith, type Rewrite, rewrite, type Site, splatOf } from './rewrite.ts'

/** Folds over nothing, over one element, twice, or over one number many times. */
export const reductions: readonly Rewrite[] = [
  ...[sum, reduceMax].map((primitive) =>
    rewrite(primitive, ({ inputs: [x], params: { axes }, emit, type }) => {
      const long = axes.filter((axis) => x!.type.shape[axis] !== 1)
      if (long.length === axes.length && axes.length > 0) return undefined
      return emit(reshape, [long.length === 0 ? x! : emit(primitive, [x!], { axes: long })], { shape: type.shape })
    }),
  ),
  ...[sum, reduceMax].map((primitive) =>
    rewrite(primitive, ({ inputs: [x], params: { axes }, madeBy, readByOne, emit }) => {
      const inner = madeBy(primitive, x!)
      if (!inner || !readByOne(x!)) return undefined
      const [whole] = inner.inputs
      const kept = [...whole!.type.shape.keys()].filter((axis) => !inner.params.axes.includes(axis))
      const all = [...inner.params.axes, ...axes.map((axis) => kept[axis]!)].sort((a, b) => a - b)
      return emit(primitive, [whole!], { axes: all })
    }),
  ),
  rewrite(sum, (site) => {
    const [x] = site.inputs
    const value = splatOf(site, x!)
    if (value === undefined) return undefined
    return filledWith(site, times(value, countOver(x!.type.shape, site.params.axes), site.type.dtype))
  }),
  rewrite(reduceMax, (site) => {
    const value = splatOf(site, site.inputs[0]!)
    return value !== undefined && sizeOf(site.inputs[0]!.type.shape) > 0 ? filledWith(site, value) : undefined
  }),
  rewrite(sum, (site) => (sizeOf(site.inputs[0]!.type.shape) === 0 ? filledWith(site, 0) : undefined)),
  rewrite(dot, (site) =>
    site.inputs.some((input) => sizeOf(input.type.shape) === 0) ? filledWith(site, 0) : undefined,
  ),
  rewrite(sum, sumOfRepeated),
]

/** The sum over an axis along which a value is only repeated is that many times the value. */
function sumOfRepeated({
  inputs: [x],
  params: { axes },
  type,
  madeBy,
  emit,
}: Site<{ axes: readonly number[] }>): Value | undefined {
  const inner = madeBy(broadcast, x!)
  if (!inner) return undefined
  const [source] = inner.inputs
  const from = (axis: number) => inner.params.axes.indexOf(axis)
  const repeated = axes.filter((axis) => from(axis) < 0 || source!.type.shape[from(axis)] === 1)
  if (repeated.length === 0) return undefined
  const count = countOver(x!.type.shape, repeated)
  // The repeated axes are left out (or are of size 1 in the source and go with a reshape); then what remains is summed.
  const shape = x!.type.shape.filter((_, axis) => !repeated.includes(axis))
  const place = (axis: number) => axis - repeated.filter((other) => other < axis).length
  const kept = inner.params.axes.filter((axis) => !repeated.includes(axis))
  const bare = emit(reshape, [source!], { shape: kept.map((axis) => source!.type.shape[from(axis)]!) })
  const wide = emit(broadcast, [bare], { shape, axes: kept.map(place) })
  const summed = emit(sum, [wide], { axes: axes.filter((axis) => !repeated.includes(axis)).map(place) })
  return emit(mul, [summed, factor(emit, type, count)], {})
}

const factor = (emit: Site['emit'], { shape, dtype }: Type, count: number): Value =>
  emit(constant, [], { value: wrap(count, dtype), shape, dtype }, 'count')

const countOver = (shape: readonly number[], axes: readonly number[]): number =>
  sizeOf(axes.map((axis) => shape[axis]!))

const times = (value: number, count: number, dtype: DType): number =>
  dtype === 'i32' || dtype === 'u32' ? wrap(Math.imul(value, count), dtype) : count === 0 ? 0 : value * count
