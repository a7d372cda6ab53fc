import type { AnyTensor } from '../tensor.ts'
import { type Extents, type Show, show } from './dim.ts'
import type { DType } from './dtype.ts'

/** Check: A is made of matrices of numbers or bools. */
export type Triangle<Op extends string, A extends AnyTensor> = [A['dtype']] extends ['key']
  ? `dtype error: ${Op}: key is not a number`
  : number extends A['shape']['length']
    ? never
    : A['shape'] extends readonly [...unknown[], unknown, unknown]
      ? never
      : `shape error: ${Op}: ${Show<A['shape']>} has fewer than two axes`

export const triangleCheck = (op: string, shape: Extents, dtype: DType): string | undefined =>
  dtype === 'key'
    ? `dtype error: ${op}: key is not a number`
    : shape.length < 2
      ? `shape error: ${op}: ${show(shape)} has fewer than two axes`
      : undefined
