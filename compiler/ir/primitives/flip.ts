import { stridesOf } from '../dense.ts'
import type { Primitive } from '../primitive.ts'
import { free, gathered, sameOnTangent } from './moves.ts'
import { expectAxes, expectInputs } from './type-rule.ts'

/** The axes that run backwards. */
export type FlipParams = { readonly axes: readonly number[] }

/** The same elements from the last to the first along some axes. */
export const flip: Primitive<FlipParams> = {
  name: 'flip',
  type(inputs, { axes }) {
    expectInputs('flip', inputs, 1)
    const { shape, dtype } = inputs[0]!
    expectAxes('flip', inputs, axes, shape.length)
    return [{ shape, dtype }]
  },
  evaluate([input], { axes }, [output]) {
    const strides = stridesOf(input!.shape)
    const last = axes.reduce((sum, axis) => sum + (input!.shape[axis]! - 1) * strides[axis]!, 0)
    return [
      gathered(
        input!,
        output!,
        strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
        last,
      ),
    ]
  },
  reverse: (b, { params, cotangents: [d] }) => [b.emit(flip, [d!], params)],
  forward: sameOnTangent(() => flip),
  batch: (b, { inputs, params: { axes } }) => [b.emit(flip, inputs, { axes: axes.map((axis) => axis + 1) })],
  lower: {
    kind: 'index',
    element: (s, index, read, { params: { axes }, output }) =>
      read(
        0,
        index.map((at, axis) => (axes.includes(axis) ? s.sub(s.index(output.shape[axis]! - 1), at) : at)),
      ),
  },
  cost: free,
}
