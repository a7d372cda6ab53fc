import { sizeOf } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import type { NoParams } from './elementwise.ts'
import { sorted } from './sorting.ts'
import { expectInputs, misfit, numbers } from './type-rule.ts'

const noGradient = none('the order of elements is in whole numbers: it has no gradient')

/**
 * The order of the elements along the last axis, as i32 indices: the least first, equal ones as they stand, NaN last.
 */
export const argsort: Primitive<NoParams> = {
  name: 'argsort',
  type(inputs) {
    expectInputs('argsort', inputs, 1)
    const { shape, dtype } = inputs[0]!
    if (shape.length === 0) throw misfit('argsort', inputs, 'a scalar has no axis to sort along')
    if (!numbers([dtype])) throw misfit('argsort', inputs, 'takes one input of a number dtype')
    return [{ shape, dtype: 'i32' }]
  },
  evaluate([input], _params, [output]) {
    const size = input!.shape.at(-1)!
    const data = new Float64Array(sizeOf(output!.shape))
    for (let row = 0; row < data.length; row += size) {
      const elements = input!.data.subarray(row, row + size)
      const order = [...elements.keys()].sort((i, j) => compare(elements[i]!, elements[j]!))
      data.set(order, row)
    }
    return [{ ...output!, data }]
  },
  reverse: noGradient,
  forward: noGradient,
  batch: (b, { inputs, params }) => [b.emit(argsort, inputs, params)],
  lower: {
    kind: 'rewrite',
    equations: (b, { inputs: [x] }) => [sorted(b, x!)],
  },
  cost: ([input]) => sizeOf(input!.shape) * Math.ceil(Math.log2(Math.max(2, input!.shape.at(-1)!))),
}

const compare = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a < b ? -1 : a > b ? 1 : 0
