import type { DType } from '../graph.ts'
import { none, type Primitive } from '../primitive.ts'
import { elementwise, type NoParams } from './elementwise.ts'
import { numbers, oneOf } from './type-rule.ts'

const step = none('a comparison is a step: it has no gradient')
const comparesNumbers = {
  inputs: 2,
  dtype: (inputs: readonly DType[]): DType | undefined => (numbers(inputs) ? 'bool' : undefined),
  takes: 'two inputs of one number dtype',
  partials: step,
} as const
const numbersAndBools = oneOf('f32', 'f16', 'i32', 'u32', 'bool')

/** a < b, as a bool; false where either is NaN. */
export const less: Primitive<NoParams> = elementwise({
  name: 'less',
  ...comparesNumbers,
  scalar: ([a, b]) => Number(a! < b!),
  lower: (s, [a, b]) => s.less(a!, b!),
})

/** a <= b, as a bool; false where either is NaN. */
export const lessEqual: Primitive<NoParams> = elementwise({
  name: 'lessEqual',
  ...comparesNumbers,
  scalar: ([a, b]) => Number(a! <= b!),
  lower: (s, [a, b]) => s.apply('lessEqual', [a!, b!]),
})

/** a = b, as a bool; NaN equals nothing. */
export const equal: Primitive<NoParams> = elementwise({
  name: 'equal',
  inputs: 2,
  dtype: (inputs) => (numbersAndBools(inputs) ? 'bool' : undefined),
  takes: 'two inputs of one dtype',
  scalar: ([a, b]) => Number(a === b),
  lower: (s, [a, b]) => s.equal(a!, b!),
  partials: step,
})
