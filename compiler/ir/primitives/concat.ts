import type { Expr } from '../../kernel/expr.ts'
import { places, stridesOf } from '../dense.ts'
import { sizeOf, type Type } from '../graph.ts'
import type { Primitive } from '../primitive.ts'
import { splat } from './constant.ts'
import { allBatched } from './elementwise.ts'
import { free } from './moves.ts'
import { slice, within } from './slice.ts'
import { misfit } from './type-rule.ts'

export type ConcatParams = { readonly axis: number }

/** Any number of inputs, at least one, one after the other along an axis. */
export const concat: Primitive<ConcatParams> = {
  name: 'concat',
  type(inputs, { axis }) {
    const [first] = inputs
    if (!first) throw misfit('concat', inputs, 'takes at least one input')
    if (!Number.isInteger(axis) || axis < 0 || axis >= first.shape.length)
      throw misfit('concat', inputs, `axis ${axis} is not an axis of the inputs`)
    const fits = ({ shape, dtype }: Type) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((size, i) => i === axis || size === first.shape[i])
    if (!inputs.every(fits))
      throw misfit('concat', inputs, `the inputs must have one dtype and equal shapes but for axis ${axis}`)
    const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0)
    return [{ shape: first.shape.with(axis, total), dtype: first.dtype }]
  },
  evaluate(inputs, { axis }, [output]) {
    const strides = stridesOf(output!.shape)
    const data = new Float64Array(sizeOf(output!.shape))
    const offsets = offsetsOf(inputs, axis)
    for (const [i, input] of inputs.entries())
      for (const [k, place] of places(input.shape, strides, offsets[i]! * strides[axis]!).entries())
        data[place] = input.data[k]!
    return [{ ...output!, data }]
  },
  reverse(b, { inputs, params: { axis }, cotangents: [d] }) {
    const { shape } = d!.type
    const types = inputs.map((input) => input.type)
    const offsets = offsetsOf(types, axis)
    return types.map((type, i) =>
      b.emit(slice, [d!], {
        start: shape.map((_, k) => (k === axis ? offsets[i]! : 0)),
        stop: shape.map((size, k) => (k === axis ? offsets[i]! + type.shape[axis]! : size)),
        step: shape.map(() => 1),
      }),
    )
  },
  forward: (b, { inputs, params, tangents }) => [
    tangents.some(Boolean)
      ? b.emit(
          concat,
          inputs.map((input, i) => tangents[i] ?? splat(b, input.type, 0)),
          params,
        )
      : undefined,
  ],
  batch: (b, { inputs, batched, size, params: { axis } }) => [
    b.emit(concat, allBatched(b, inputs, batched, size), { axis: axis + 1 }),
  ],
  lower: {
    kind: 'index',
    element(s, index, read, { params: { axis }, inputs }) {
      const offsets = offsetsOf(inputs, axis)
      const parts = [...inputs.keys()].filter((i) => sizeOf(inputs[i]!.shape) > 0)
      const part = (i: number) => {
        const at = s.sub(index[axis]!, s.index(offsets[i]!))
        return read(i, index.with(axis, within(s, at, inputs[i]!.shape[axis]!)))
      }
      const end = (i: number) => s.index(offsets[i]! + inputs[i]!.shape[axis]!)
      // By halves, since compilers of shaders limit how deep an expression is.
      const among = (some: readonly number[]): Expr => {
        if (some.length === 1) return part(some[0]!)
        const half = some.length >> 1
        return s.select(s.less(index[axis]!, end(some[half - 1]!)), among(some.slice(0, half)), among(some.slice(half)))
      }
      return among(parts)
    },
  },
  cost: free,
}

/** Where each part begins along the axis. */
export const offsetsOf = (parts: readonly Type[], axis: number): readonly number[] =>
  parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.shape[axis]!, 0))
