import type { Builder } from '../builder.ts'
import { filled, generated, places } from '../dense.ts'
import type { DType, Type, Value } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import { expectInputs, expectSizes, misfit, scalarOf } from './type-rule.ts'

export type ConstantParams = { readonly value: number; readonly shape: readonly number[]; readonly dtype: DType }

const noInputs = none('takes no inputs')

/** A tensor with all elements equal to one number known to the compiler; bool: 0 or 1. */
export const constant: Primitive<ConstantParams> = {
  name: 'constant',
  type(inputs, { value, shape, dtype }) {
    expectInputs('constant', inputs, 0)
    expectSizes('constant', inputs, shape)
    if (!holds(dtype, value)) throw misfit('constant', inputs, `${value} is not a number of dtype ${dtype}`)
    return [{ shape, dtype }]
  },
  evaluate: (_inputs, { value }, [output]) => [filled(output!, value)],
  reverse: noInputs,
  forward: noInputs,
  batch: noInputs,
  lower: {
    kind: 'index',
    element: (s, _index, _read, { params, output }) => s.constant(params.value, scalarOf(output.dtype)),
  },
  cost: () => 0,
}

/** Whether a number is one of a dtype; bool: 0 or 1. */
export function holds(dtype: DType, value: number): boolean {
  const whole =
    dtype === 'i32' ? value | 0 : dtype === 'u32' ? value >>> 0 : dtype === 'bool' ? Number(value !== 0) : value
  return value === whole || Number.isNaN(whole)
}

/** A constant of a type. */
export const splat = (b: Builder, type: Type, value: number, name?: string): Value =>
  b.emit(constant, [], { value, shape: type.shape, dtype: type.dtype }, name)

export type IotaParams = { readonly shape: readonly number[]; readonly axis: number; readonly dtype: DType }

/** 0, 1, 2, ... along one axis. */
export const iota: Primitive<IotaParams> = {
  name: 'iota',
  type(inputs, { shape, axis, dtype }) {
    expectInputs('iota', inputs, 0)
    expectSizes('iota', inputs, shape)
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
      throw misfit('iota', inputs, `axis ${axis} is not an axis of [${shape.join(', ')}]`)
    if (dtype === 'bool') throw misfit('iota', inputs, 'counts in a number dtype, not bool')
    return [{ shape, dtype }]
  },
  evaluate(_inputs, { axis }, [output]) {
    const along = places(
      output!.shape,
      output!.shape.map((_, i) => Number(i === axis)),
    )
    return [generated(output!, (k) => along[k]!)]
  },
  reverse: noInputs,
  forward: noInputs,
  batch: noInputs,
  lower: {
    kind: 'index',
    element: (s, index, _read, { params, output }) => s.cast(index[params.axis]!, scalarOf(output.dtype)),
  },
  cost: () => 0,
}
