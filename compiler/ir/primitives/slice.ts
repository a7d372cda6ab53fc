import type { Expr } from '../../kernel/expr.ts'
import type { Scalars } from '../../kernel/scalars.ts'
import type { Builder } from '../builder.ts'
import { places, stridesOf } from '../dense.ts'
import { sizeOf, type Value } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { free, gathered, sameOnTangent } from './moves.ts'
import { reshape } from './reshape.ts'
import { expectInputs, expectSizes, misfit, scalarOf } from './type-rule.ts'

/** One number for each axis. */
export type SliceParams = {
  readonly start: readonly number[]
  readonly stop: readonly number[]
  readonly step: readonly number[]
}

/** Elements start, start + step, ... before stop, along every axis. */
export const slice: Primitive<SliceParams> = {
  name: 'slice',
  type(inputs, { start, stop, step }) {
    expectInputs('slice', inputs, 1)
    const { shape, dtype } = inputs[0]!
    for (const list of [start, stop, step]) expectSizes('slice', inputs, list, shape.length)
    for (const [axis, size] of shape.entries())
      if (start[axis]! > stop[axis]! || stop[axis]! > size || step[axis]! < 1)
        throw misfit(
          'slice',
          inputs,
          `axis ${axis} has no range ${start[axis]} .. ${stop[axis]} by ${step[axis]}: 0 <= start <= stop <= ${size} and step >= 1 are needed`,
        )
    return [{ shape: shape.map((_, axis) => Math.ceil((stop[axis]! - start[axis]!) / step[axis]!)), dtype }]
  },
  evaluate([input], { start, step }, [output]) {
    const strides = stridesOf(input!.shape)
    const first = start.reduce((sum, from, axis) => sum + from * strides[axis]!, 0)
    return [
      gathered(
        input!,
        output!,
        strides.map((stride, axis) => stride * step[axis]!),
        first,
      ),
    ]
  },
  reverse: (b, { inputs: [input], params, cotangents: [d] }) => [unsliced(b, d!, input!.type.shape, params)],
  forward: sameOnTangent(() => slice),
  batch: (b, { inputs, size, params: { start, stop, step } }) => [
    b.emit(slice, inputs, { start: [0, ...start], stop: [size, ...stop], step: [1, ...step] }),
  ],
  lower: {
    kind: 'index',
    element: (s, index, read, { params: { start, step } }) =>
      read(
        0,
        index.map((at, axis) => s.add(s.mul(at, s.index(step[axis]!)), s.index(start[axis]!))),
      ),
  },
  cost: free,
}

/** The transpose of a slice: its elements back at their places in `shape`, among zeros. */
function unsliced(b: Builder, d: Value, shape: readonly number[], { start, step }: SliceParams): Value {
  const sizes = d.type.shape
  if (sizeOf(sizes) === 0 || step.every((by) => by === 1)) {
    const high = shape.map((size, axis) => size - start[axis]! - sizes[axis]!)
    return b.emit(pad, [d], { low: start, high })
  }
  // Every element is followed by step - 1 zeros: [n] as [n, 1] padded to [n, step], which is [n * step].
  const apart = b.emit(reshape, [d], { shape: sizes.flatMap((size) => [size, 1]) })
  const filled = b.emit(pad, [apart], { low: step.flatMap(() => [0, 0]), high: step.flatMap((by) => [0, by - 1]) })
  const spread = b.emit(reshape, [filled], { shape: sizes.map((size, axis) => size * step[axis]!) })
  const span = spread.type.shape.map((size, axis) => Math.min(size, shape[axis]! - start[axis]!))
  const kept = b.emit(slice, [spread], { start: span.map(() => 0), stop: span, step: span.map(() => 1) })
  return b.emit(pad, [kept], { low: start, high: shape.map((size, axis) => size - start[axis]! - span[axis]!) })
}

/** Numbers of zeros, one for each axis. */
export type PadParams = { readonly low: readonly number[]; readonly high: readonly number[] }

/** Zeros (false) before and after the input along every axis. */
export const pad: Primitive<PadParams> = {
  name: 'pad',
  type(inputs, { low, high }) {
    expectInputs('pad', inputs, 1)
    const { shape, dtype } = inputs[0]!
    for (const list of [low, high]) expectSizes('pad', inputs, list, shape.length)
    return [{ shape: shape.map((size, axis) => low[axis]! + size + high[axis]!), dtype }]
  },
  evaluate([input], { low }, [output]) {
    const strides = stridesOf(output!.shape)
    const first = low.reduce((sum, from, axis) => sum + from * strides[axis]!, 0)
    const data = new Float64Array(sizeOf(output!.shape))
    for (const [k, place] of places(input!.shape, strides, first).entries()) data[place] = input!.data[k]!
    return [{ ...output!, data }]
  },
  reverse: (b, { inputs: [input], params: { low }, cotangents: [d] }) => [
    b.emit(slice, [d!], {
      start: low,
      stop: low.map((from, axis) => from + input!.type.shape[axis]!),
      step: low.map(() => 1),
    }),
  ],
  forward: sameOnTangent(() => pad),
  batch: (b, { inputs, params: { low, high } }) => [b.emit(pad, inputs, { low: [0, ...low], high: [0, ...high] })],
  lower: {
    kind: 'index',
    element(s, index, read, { params: { low }, inputs: [input] }) {
      const zero = s.constant(0, scalarOf(input!.dtype))
      if (sizeOf(input!.shape) === 0) return zero
      const from = index.map((at, axis) => s.sub(at, s.index(low[axis]!)))
      let element = read(
        0,
        from.map((at, axis) => within(s, at, input!.shape[axis]!)),
      )
      for (const [axis, size] of input!.shape.entries()) {
        element = s.select(s.less(from[axis]!, s.index(size)), element, zero)
        element = s.select(s.less(from[axis]!, s.index(0)), zero, element)
      }
      return element
    },
  },
  cost: free,
}

/** An index for an axis, some index of it where this one is beyond: what is read in a branch not taken must exist too. */
export const within = (s: Scalars, index: Expr, size: number): Expr => s.apply('within', [index, s.index(size - 1)])
