import { type DType, supported } from '../shape/dtype.ts'
import { check } from '../trace/trace.ts'

/** Throws where no tensor of this dtype can be made of numbers. */
export function checkSupported(op: string, dtype: DType): asserts dtype is Exclude<DType, 'key'> {
  check(supported(op, dtype))
}
