import type { Primitive } from '../primitive.ts'
import { elementwise, type NoParams } from './elementwise.ts'

/** The input, as a constant to every derivative. */
export const stopGradient: Primitive<NoParams> = elementwise({
  name: 'stopGradient',
  inputs: 1,
  dtype: ([dtype]) => dtype,
  takes: 'one input',
  scalar: ([x]) => x!,
  lower: (_s, [x]) => x!,
  partials: [undefined],
  operations: 0,
})
