import type { Expr } from '../../kernel/expr.ts'
import { dense, stridesOf } from '../dense.ts'
import { type DType, sizeOf } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import { holds } from './constant.ts'
import { expectInputs, expectSizes, misfit, scalarOf } from './type-rule.ts'

export type LiteralParams = {
  readonly values: readonly number[]
  readonly shape: readonly number[]
  readonly dtype: DType
}

const noInputs = none('takes no inputs')
/** More numbers than this do not belong into the code of a kernel: a program that has them is not compiled. */
export const mostValues = 64

/** A small tensor known to the compiler, its elements in row-major order; bool: 0 or 1. */
export const literal: Primitive<LiteralParams> = {
  name: 'literal',
  type(inputs, { values, shape, dtype }) {
    expectInputs('literal', inputs, 0)
    expectSizes('literal', inputs, shape)
    if (values.length !== sizeOf(shape))
      throw misfit(
        'literal',
        inputs,
        `[${shape.join(', ')}] has ${sizeOf(shape)} elements and ${values.length} are given`,
      )
    const wrong = values.find((value) => !holds(dtype, value))
    if (wrong !== undefined) throw misfit('literal', inputs, `${wrong} is not a number of dtype ${dtype}`)
    return [{ shape, dtype }]
  },
  evaluate: (_inputs, { values, shape, dtype }) => [dense(shape, values, dtype)],
  reverse: noInputs,
  forward: noInputs,
  batch: noInputs,
  lower: {
    kind: 'index',
    element(s, index, _read, { params: { values, shape, dtype } }) {
      const strides = stridesOf(shape)
      const flat = index.reduce((sum, at, axis) => s.add(sum, s.mul(at, s.index(strides[axis]!))), s.index(0))
      // By halves, since compilers of shaders limit how deep an expression is.
      const among = (first: number, end: number): Expr => {
        if (end - first <= 1) return s.constant(values[first] ?? 0, scalarOf(dtype))
        const half = (first + end) >> 1
        return s.select(s.less(flat, s.index(half)), among(first, half), among(half, end))
      }
      return among(0, values.length)
    },
  },
  cost: () => 0,
}
