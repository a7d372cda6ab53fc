import { sameShape, sizeOf, type Value } from '../../ir/graph.ts'
import { offsetsOf } from '../../ir/primitives/concat.ts'
import { broadcast, concat, flip, pad, reshape, skew, slice, transpose, unskew } from '../../ir/primitives/index.ts'
import type { SliceParams } from '../../ir/primitives/slice.ts'
import { filledWith, type Rewrite, rewrite, type Site, splatOf } from './rewrite.ts'

/**
 * Moves of elements: two of a kind become one, and slices go inwards, where they meet what they undo. No rewrite moves
 * anything outwards, so they end.
 */
export const layout: readonly Rewrite[] = [
  rewrite(broadcast, ofConstant),
  rewrite(reshape, ofConstant),
  rewrite(transpose, ofConstant),
  rewrite(slice, ofConstant),

  // A broadcast that repeats nothing only inserts axes of size 1.
  rewrite(broadcast, ({ inputs, type, emit }) =>
    sizeOf(inputs[0]!.type.shape) === sizeOf(type.shape) ? emit(reshape, inputs, { shape: type.shape }) : undefined,
  ),
  rewrite(broadcast, ({ inputs: [x], params: { shape, axes }, madeBy, emit }) => {
    const inner = madeBy(broadcast, x!)
    return inner && emit(broadcast, inner.inputs, { shape, axes: inner.params.axes.map((axis) => axes[axis]!) })
  }),
  rewrite(broadcast, ({ inputs: [x], params: { shape, axes }, madeBy, emit }) => {
    const inner = madeBy(reshape, x!)?.inputs
    const kept = inner && insertedInto(inner[0]!.type.shape, x!.type.shape)
    return kept && emit(broadcast, inner, { shape, axes: kept.map((axis) => axes[axis]!) })
  }),

  rewrite(reshape, ({ inputs: [x], type }) => (sameShape(x!.type.shape, type.shape) ? x : undefined)),
  rewrite(reshape, ({ inputs: [x], params, madeBy, emit }) => {
    const inner = madeBy(reshape, x!)
    return inner && emit(reshape, inner.inputs, params)
  }),

  rewrite(transpose, ({ inputs: [x], params: { permutation }, type, emit }) => {
    const long = permutation.filter((axis) => x!.type.shape[axis] !== 1)
    return long.every((axis, i) => i === 0 || axis > long[i - 1]!)
      ? emit(reshape, [x!], { shape: type.shape })
      : undefined
  }),
  rewrite(transpose, ({ inputs: [x], params: { permutation }, madeBy, emit }) => {
    const inner = madeBy(transpose, x!)
    return (
      inner &&
      emit(transpose, inner.inputs, { permutation: permutation.map((axis) => inner.params.permutation[axis]!) })
    )
  }),
  rewrite(transpose, ({ inputs: [x], params: { permutation }, type, madeBy, emit }) => {
    const inner = madeBy(broadcast, x!)
    if (!inner) return undefined
    const to = inner.params.axes.map((axis) => permutation.indexOf(axis))
    const order = [...to.keys()].sort((i, j) => to[i]! - to[j]!)
    const turned = emit(transpose, inner.inputs, { permutation: order })
    return emit(broadcast, [turned], { shape: type.shape, axes: order.map((i) => to[i]!) })
  }),

  rewrite(slice, ({ inputs: [x], type }) => (sameShape(x!.type.shape, type.shape) ? x : undefined)),
  rewrite(slice, ({ inputs: [x], params: { start, step }, type, madeBy, emit }) => {
    const inner = madeBy(slice, x!)
    if (!inner) return undefined
    const from = start.map((at, axis) => inner.params.start[axis]! + at * inner.params.step[axis]!)
    const by = step.map((at, axis) => at * inner.params.step[axis]!)
    return emit(slice, inner.inputs, sliceOf(from, type.shape, by))
  }),
  rewrite(slice, ({ inputs: [x], params: { start, step }, type, madeBy, emit }) => {
    const inner = madeBy(transpose, x!)
    if (!inner) return undefined
    const from = (numbers: readonly number[]) =>
      inner.inputs[0]!.type.shape.map((_, i) => numbers[inner.params.permutation.indexOf(i)]!)
    const part = emit(slice, inner.inputs, sliceOf(from(start), from(type.shape), from(step)))
    return emit(transpose, [part], inner.params)
  }),
  rewrite(slice, ({ inputs: [x], params: { start, step }, type, madeBy, emit }) => {
    const inner = madeBy(broadcast, x!)
    if (!inner) return undefined
    const { axes } = inner.params
    const repeated = inner.inputs[0]!.type.shape.map((size) => size === 1)
    const part = emit(
      slice,
      inner.inputs,
      sliceOf(
        axes.map((axis, i) => (repeated[i] ? 0 : start[axis]!)),
        axes.map((axis, i) => (repeated[i] ? 1 : type.shape[axis]!)),
        axes.map((axis, i) => (repeated[i] ? 1 : step[axis]!)),
      ),
    )
    return emit(broadcast, [part], { shape: type.shape, axes })
  }),
  rewrite(slice, (site) => {
    const inner = site.madeBy(concat, site.inputs[0]!)
    if (!inner) return undefined
    const { axis } = inner.params
    const offsets = offsetsOf(
      inner.inputs.map((input) => input.type),
      axis,
    )
    const { start, step } = site.params
    const last = start[axis]! + (site.type.shape[axis]! - 1) * step[axis]!
    const part = inner.inputs.findIndex(
      (input, i) => offsets[i]! <= start[axis]! && last < offsets[i]! + input.type.shape[axis]!,
    )
    if (part < 0) return undefined
    return site.emit(
      slice,
      [inner.inputs[part]!],
      sliceOf(start.with(axis, start[axis]! - offsets[part]!), site.type.shape, step),
    )
  }),
  rewrite(slice, (site) => {
    const inner = site.madeBy(pad, site.inputs[0]!)
    if (!inner) return undefined
    const { start, step } = site.params
    const from = start.map((at, axis) => at - inner.params.low[axis]!)
    const last = from.map((at, axis) => at + (site.type.shape[axis]! - 1) * step[axis]!)
    const sizes = inner.inputs[0]!.type.shape
    if (sizes.some((size, axis) => last[axis]! < 0 || from[axis]! >= size)) return filledWith(site, 0)
    if (!sizes.every((size, axis) => from[axis]! >= 0 && last[axis]! < size)) return undefined
    return site.emit(slice, inner.inputs, sliceOf(from, site.type.shape, step))
  }),

  rewrite(pad, ({ inputs: [x], type }) => (sameShape(x!.type.shape, type.shape) ? x : undefined)),
  rewrite(pad, (site) =>
    splatOf(site, site.inputs[0]!) === 0 || sizeOf(site.inputs[0]!.type.shape) === 0 ? filledWith(site, 0) : undefined,
  ),
  rewrite(pad, ({ inputs: [x], params: { low, high }, madeBy, emit }) => {
    const inner = madeBy(pad, x!)
    const plus = (a: readonly number[], b: readonly number[]) => a.map((count, axis) => count + b[axis]!)
    return inner && emit(pad, inner.inputs, { low: plus(low, inner.params.low), high: plus(high, inner.params.high) })
  }),

  rewrite(flip, ofConstant),
  rewrite(flip, ({ inputs: [x], params: { axes }, emit }) => {
    const long = axes.filter((axis) => x!.type.shape[axis] !== 1)
    if (long.length === axes.length && axes.length > 0) return undefined
    return long.length === 0 ? x : emit(flip, [x!], { axes: long })
  }),
  rewrite(flip, ({ inputs: [x], params: { axes }, madeBy, emit }) => {
    const inner = madeBy(flip, x!)
    if (!inner) return undefined
    const once = [...x!.type.shape.keys()].filter((axis) => axes.includes(axis) !== inner.params.axes.includes(axis))
    return emit(flip, inner.inputs, { axes: once })
  }),

  // Windows of one element are a slice, or the elements at some of the places.
  rewrite(skew, ofConstant),
  rewrite(skew, ({ inputs: [x], params: { axis, at, stride, size }, emit }) => {
    const { shape } = x!.type
    if (shape[at] !== 1 || size === 0) return undefined
    const none = shape.map(() => 0)
    const stop = shape.with(axis, (size - 1) * stride + 1)
    return emit(slice, [x!], { start: none, stop, step: shape.map((_, other) => (other === axis ? stride : 1)) })
  }),
  rewrite(unskew, (site) => (splatOf(site, site.inputs[0]!) === 0 ? filledWith(site, 0) : undefined)),
  rewrite(unskew, ({ inputs: [x], params: { axis, at, stride, size }, emit }) => {
    const { shape } = x!.type
    if (shape[at] !== 1 || stride !== 1) return undefined
    const none = shape.map(() => 0)
    return emit(pad, [x!], { low: none, high: none.with(axis, size - shape[axis]!) })
  }),

  rewrite(concat, ({ inputs, params: { axis }, madeBy, emit }) => {
    const parts = inputs
      .filter(({ type }) => sizeOf(type.shape) > 0)
      .flatMap((input) => {
        const inner = madeBy(concat, input)
        return inner?.params.axis === axis ? inner.inputs : [input]
      })
    if (parts.length === 1) return parts[0]
    return sameParts(parts, inputs) ? undefined : emit(concat, parts, { axis })
  }),
  rewrite(concat, (site) => {
    const values = site.inputs.map((input) => splatOf(site, input))
    const [value] = values
    return value !== undefined && values.every((other) => Object.is(other, value)) ? filledWith(site, value) : undefined
  }),
]

/** A constant moved is a constant. */
function ofConstant(site: Site): Value | undefined {
  const value = splatOf(site, site.inputs[0]!)
  return value === undefined ? undefined : filledWith(site, value)
}

/** The slice that takes `sizes` elements from `start` on, `step` apart. */
const sliceOf = (start: readonly number[], sizes: readonly number[], step: readonly number[]): SliceParams => ({
  start,
  stop: start.map((from, axis) => from + (sizes[axis]! - 1) * step[axis]! + 1),
  step,
})

/** Where the axes of a shape are in another that only adds axes of size 1; undefined where it does more. */
function insertedInto(shape: readonly number[], longer: readonly number[]): readonly number[] | undefined {
  const found: number[] = []
  for (const [axis, size] of longer.entries())
    if (found.length < shape.length && size === shape[found.length]) found.push(axis)
    else if (size !== 1) return undefined
  return found.length === shape.length ? found : undefined
}

const sameParts = (a: readonly Value[], b: readonly Value[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])
