import { sameShape, sizeOf, type Type } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { free } from './moves.ts'
import { scatterAdd } from './scatter.ts'
import { within } from './slice.ts'
import { movedAxis } from './transpose.ts'
import { expectInputs, misfit, scalarOf } from './type-rule.ts'

export type GatherParams = {
  /** The axis of the first input that the indices count along. */
  readonly axis: number
  /** How many leading axes both inputs share; the axis is not one of them. */
  readonly batch: number
}

/**
 * x [B.., pre.., n at `axis`, post..] and indices [B.., I..] give [B.., pre.., I.., post..]: along one axis, the
 * elements that the indices name. An index outside 0 .. n - 1 gives 0. Linear in x; `scatterAdd` is its transpose.
 */
export const gather: Primitive<GatherParams> = {
  name: 'gather',
  type(inputs, { axis, batch }) {
    expectInputs('gather', inputs, 2)
    const [x, indices] = inputs as [Type, Type]
    expectIndices('gather', inputs, { axis, batch }, x.shape.length - 1)
    return [
      {
        shape: [...x.shape.slice(0, axis), ...indices.shape.slice(batch), ...x.shape.slice(axis + 1)],
        dtype: x.dtype,
      },
    ]
  },
  evaluate([x, indices], { axis, batch }, [output]) {
    const data = new Float64Array(sizeOf(output!.shape))
    const post = sizeOf(x!.shape.slice(axis + 1))
    for (const { whole, part } of pairs(indices!.data, x!.shape, { axis, batch }))
      for (let q = 0; q < post; q++) data[part * post + q] = x!.data[whole * post + q]!
    return [{ ...output!, data }]
  },
  reverse: (b, { inputs: [x, indices], params, cotangents: [d] }) => [
    b.emit(scatterAdd, [d!, indices!], { ...params, size: x!.type.shape[params.axis]! }),
    undefined,
  ],
  forward: (b, { inputs: [, indices], params, tangents: [t] }) => [t && b.emit(gather, [t, indices!], params)],
  batch(b, { inputs: [x, indices], batched: [inX, inIndices], params: { axis, batch } }) {
    if (inX && inIndices) return [b.emit(gather, [x!, indices!], { axis: axis + 1, batch: batch + 1 })]
    // The new axis goes behind the shared ones, where it is one of x's own or of the indices' own; from there it comes
    // back to the front.
    const whole = inX ? movedAxis(b, x!, 0, batch) : x!
    const at = inX ? indices! : movedAxis(b, indices!, 0, batch)
    const result = b.emit(gather, [whole, at], { axis: axis + Number(inX), batch })
    return [movedAxis(b, result, inX ? batch : axis, 0)]
  },
  lower: {
    kind: 'index',
    element(s, index, read, { params: { axis, batch }, inputs: [x, indices] }) {
      const size = x!.shape[axis]!
      const zero = s.constant(0, scalarOf(x!.dtype))
      if (sizeOf(x!.shape) === 0) return zero
      const own = indices!.shape.length - batch
      const named = read(1, [...index.slice(0, batch), ...index.slice(axis, axis + own)])
      // As i32 the upper half of u32 is negative: out of range either way.
      const at = s.cast(named, 'i32')
      const element = read(0, [...index.slice(0, axis), within(s, at, size), ...index.slice(axis + own)])
      const below = s.select(s.less(at, s.index(size)), element, zero)
      return s.select(s.less(at, s.index(0)), zero, below)
    },
  },
  cost: free,
}

/** Throws where an input is not one of whole numbers. */
export function expectIntegers(name: string, inputs: readonly Type[], input: number): void {
  const { dtype } = inputs[input]!
  if (dtype !== 'i32' && dtype !== 'u32') throw misfit(name, inputs, 'the indices must be i32 or u32')
}

/** Throws where indices do not fit what they are to index, whose rank without the indexed axes is `rank`. */
export function expectIndices(
  name: string,
  inputs: readonly Type[],
  { axis, batch }: GatherParams,
  rank: number,
): void {
  const [x, indices] = inputs as [Type, Type]
  expectIntegers(name, inputs, 1)
  if (!Number.isInteger(batch) || batch < 0 || batch > indices.shape.length)
    throw misfit(name, inputs, `the indices have no ${batch} leading axes`)
  if (!Number.isInteger(axis) || axis < batch || axis > rank)
    throw misfit(name, inputs, `axis ${axis} is not an axis behind the ${batch} that are shared`)
  if (!sameShape(x.shape.slice(0, batch), indices.shape.slice(0, batch)))
    throw misfit(name, inputs, `the first ${batch} axes must be the same`)
}

/**
 * For every index that is in range, once for each position before the axis: the row `whole` that it names in an array
 * of this shape, and the row `part` of its own, both counted up to and with the indexed axes.
 */
export function* pairs(
  indices: Float64Array,
  shape: readonly number[],
  { axis, batch }: GatherParams,
): Iterable<{ whole: number; part: number }> {
  const [outer, pre, size] = [sizeOf(shape.slice(0, batch)), sizeOf(shape.slice(batch, axis)), shape[axis]!]
  const count = outer === 0 ? 0 : indices.length / outer
  for (let b = 0; b < outer; b++)
    for (let p = 0; p < pre; p++)
      for (let i = 0; i < count; i++) {
        const at = indices[b * count + i]!
        const row = b * pre + p
        if (at >= 0 && at < size) yield { whole: row * size + at, part: row * count + i }
      }
}
