import { places, stridesOf } from '../dense.ts'
import { sizeOf, type Type } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { free, gathered, sameOnTangent } from './moves.ts'
import { within } from './slice.ts'
import { expectInputs, expectSizes, misfit, scalarOf } from './type-rule.ts'

export type SkewParams = {
  /** The axis along which elements move, and the one whose index says by how much. */
  readonly axis: number
  readonly at: number
  readonly stride: number
  readonly dilation: number
  /** The size of `axis` in the result. */
  readonly size: number
}

/**
 * out[o at `axis`, k at `at`] = e[o * stride + k * dilation at `axis`, k at `at`], for o below `size`; every element
 * read exists. On an input repeated along `at` these are the windows of a convolution or a pooling: element k of window
 * o.
 */
export const skew: Primitive<SkewParams> = {
  name: 'skew',
  type(inputs, params) {
    expectInputs('skew', inputs, 1)
    expectAxesAndSteps('skew', inputs, params)
    const { shape, dtype } = inputs[0]!
    expectWindows('skew', inputs, params, { outer: shape[params.axis]!, windows: params.size })
    return [{ shape: shape.with(params.axis, params.size), dtype }]
  },
  evaluate: ([input], params, [output]) => [gathered(input!, output!, skewedStrides(input!, params))],
  reverse: (b, { inputs: [x], params, cotangents: [d] }) => [
    b.emit(unskew, [d!], { ...params, size: x!.type.shape[params.axis]! }),
  ],
  forward: sameOnTangent(() => skew),
  batch: (b, { inputs, params }) => [b.emit(skew, inputs, inner(params))],
  lower: {
    kind: 'index',
    element: (s, index, read, { params: { axis, at, stride, dilation } }) =>
      read(0, index.with(axis, s.add(s.mul(index[axis]!, s.index(stride)), s.mul(index[at]!, s.index(dilation))))),
  },
  cost: free,
}

/**
 * The transpose of `skew`: out[i at `axis`, k at `at`] = d[(i - k * dilation) / stride at `axis`, k at `at`] where that
 * is the place of an element, else 0; i is below `size`, and every element of d has its place.
 */
export const unskew: Primitive<SkewParams> = {
  name: 'unskew',
  type(inputs, params) {
    expectInputs('unskew', inputs, 1)
    expectAxesAndSteps('unskew', inputs, params)
    const { shape, dtype } = inputs[0]!
    expectWindows('unskew', inputs, params, { outer: params.size, windows: shape[params.axis]! })
    return [{ shape: shape.with(params.axis, params.size), dtype }]
  },
  evaluate([input], params, [output]) {
    const data = new Float64Array(sizeOf(output!.shape))
    for (const [k, place] of places(input!.shape, skewedStrides(output!, params)).entries())
      data[place] = input!.data[k]!
    return [{ ...output!, data }]
  },
  reverse: (b, { inputs: [x], params, cotangents: [d] }) => [
    b.emit(skew, [d!], { ...params, size: x!.type.shape[params.axis]! }),
  ],
  forward: sameOnTangent(() => unskew),
  batch: (b, { inputs, params }) => [b.emit(unskew, inputs, inner(params))],
  lower: {
    kind: 'index',
    element(s, index, read, { params: { axis, at, stride, dilation }, inputs: [input] }) {
      const zero = s.constant(0, scalarOf(input!.dtype))
      if (sizeOf(input!.shape) === 0) return zero
      const windows = input!.shape[axis]!
      // Addresses divide best what is known not to be negative, so the place is moved up by whole windows first.
      const before = Math.ceil(((input!.shape[at]! - 1) * dilation) / stride)
      const place = s.add(s.sub(index[axis]!, s.mul(index[at]!, s.index(dilation))), s.index(before * stride))
      const window = s.sub(s.div(place, s.index(stride)), s.index(before))
      const element = read(0, index.with(axis, within(s, window, windows)))
      const whole = s.select(s.less(s.rem(place, s.index(stride)), s.index(1)), element, zero)
      const below = s.select(s.less(window, s.index(windows)), whole, zero)
      return s.select(s.less(window, s.index(0)), zero, below)
    },
  },
  cost: free,
}

/** How far apart in `outer`, whose windows are taken, neighbours along each axis of the windows lie. */
function skewedStrides(outer: Type, { axis, at, stride, dilation }: SkewParams): readonly number[] {
  const strides = stridesOf(outer.shape)
  const along = strides[axis]!
  return strides.with(axis, stride * along).with(at, strides[at]! + dilation * along)
}

function expectAxesAndSteps(name: string, inputs: readonly Type[], { axis, at, stride, dilation, size }: SkewParams) {
  expectSizes(name, inputs, [axis, at, stride, dilation, size])
  const rank = inputs[0]!.shape.length
  if (axis >= rank || at >= rank || axis === at)
    throw misfit(name, inputs, `${axis} and ${at} must be two axes of the input`)
  if (stride < 1 || dilation < 1)
    throw misfit(name, inputs, `stride ${stride} and dilation ${dilation} must be at least 1`)
}

/** Throws where `windows` windows do not fit into `outer` elements. */
function expectWindows(
  name: string,
  inputs: readonly Type[],
  { at, stride, dilation }: SkewParams,
  { outer, windows }: { outer: number; windows: number },
) {
  const width = inputs[0]!.shape[at]!
  const last = (windows - 1) * stride + (width - 1) * dilation
  if (windows > 0 && width > 0 && last >= outer)
    throw misfit(
      name,
      inputs,
      `${windows} windows of ${width}, ${stride} apart and dilated by ${dilation}, need ${last + 1} elements and there are ${outer}`,
    )
}

const inner = (params: SkewParams): SkewParams => ({ ...params, axis: params.axis + 1, at: params.at + 1 })
