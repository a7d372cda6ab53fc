import { stridesOf } from '../dense.ts'
import type { Primitive } from '../primitive.ts'
import { free, gathered, sameOnTangent } from './moves.ts'
import { sum } from './reduce.ts'
import { reshape } from './reshape.ts'
import { expectAxes, expectInputs, expectSizes, misfit } from './type-rule.ts'

export type BroadcastParams = { readonly shape: readonly number[]; readonly axes: readonly number[] }

/** Repeats the input along new axes and axes of size 1: its axis i becomes axis axes[i] of `shape`. */
export const broadcast: Primitive<BroadcastParams> = {
  name: 'broadcast',
  type(inputs, { shape, axes }) {
    expectInputs('broadcast', inputs, 1)
    expectSizes('broadcast', inputs, shape)
    expectAxes('broadcast', inputs, axes, shape.length)
    const [input] = inputs
    if (axes.length !== input!.shape.length || !axes.every((to, i) => [1, shape[to]].includes(input!.shape[i]!)))
      throw misfit('broadcast', inputs, `does not fit axes [${axes.join(', ')}] of [${shape.join(', ')}]`)
    return [{ shape, dtype: input!.dtype }]
  },
  evaluate([input], { shape, axes }, [output]) {
    const from = stridesOf(input!.shape)
    const strides = shape.map((_, axis) => {
      const i = axes.indexOf(axis)
      return i < 0 || input!.shape[i] === 1 ? 0 : from[i]!
    })
    return [gathered(input!, output!, strides)]
  },
  reverse(b, { inputs: [input], params: { shape, axes }, cotangents: [d] }) {
    const { type } = input!
    const repeated = shape.flatMap((size, axis) => {
      const i = axes.indexOf(axis)
      return i < 0 || type.shape[i] !== size ? [axis] : []
    })
    const summed = b.emit(sum, [d!], { axes: repeated })
    return [b.emit(reshape, [summed], { shape: type.shape })]
  },
  forward: sameOnTangent(() => broadcast),
  batch: (b, { inputs, size, params: { shape, axes } }) => [
    b.emit(broadcast, inputs, { shape: [size, ...shape], axes: [0, ...axes.map((axis) => axis + 1)] }),
  ],
  lower: {
    kind: 'index',
    element: (s, index, read, { params: { axes }, inputs: [input] }) =>
      read(
        0,
        axes.map((axis, i) => (input!.shape[i] === 1 ? s.index(0) : index[axis]!)),
      ),
  },
  cost: free,
}
