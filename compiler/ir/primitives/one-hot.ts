import { type DType, sizeOf } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import { expectIntegers } from './gather.ts'
import { free } from './moves.ts'
import { expectInputs, expectSizes, scalarOf } from './type-rule.ts'

export type OneHotParams = {
  /** The size of the new last axis. */
  readonly size: number
  readonly dtype: DType
}

const noGradient = none('indices are whole numbers: they have no gradient')

/**
 * Along a new last axis, 1 at each index and 0 elsewhere; nowhere 1 where the index is out of range. It is never
 * stored: whatever reads it compares.
 */
export const oneHot: Primitive<OneHotParams> = {
  name: 'oneHot',
  type(inputs, { size, dtype }) {
    expectInputs('oneHot', inputs, 1)
    expectSizes('oneHot', inputs, [size])
    expectIntegers('oneHot', inputs, 0)
    return [{ shape: [...inputs[0]!.shape, size], dtype }]
  },
  evaluate([indices], { size }, [output]) {
    const data = new Float64Array(sizeOf(output!.shape))
    for (const [k, at] of indices!.data.entries()) if (at >= 0 && at < size) data[k * size + at] = 1
    return [{ ...output!, data }]
  },
  reverse: noGradient,
  forward: noGradient,
  batch: (b, { inputs, params }) => [b.emit(oneHot, inputs, params)],
  lower: {
    kind: 'index',
    element(s, index, read, { params: { dtype } }) {
      const to = scalarOf(dtype)
      const here = s.equal(s.cast(read(0, index.slice(0, -1)), 'i32'), index.at(-1)!)
      return s.select(here, s.constant(1, to), s.constant(0, to))
    },
  },
  cost: free,
}
