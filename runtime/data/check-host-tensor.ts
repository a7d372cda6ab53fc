import { isOf } from './elements.ts'
import { type FileDType, type HostTensor, sizeOf } from './host-tensor.ts'

/** Holds a tensor to be of its shape and type, and of one that a file has; `fail` is given what is wrong. */
export function checkHostTensor(
  { dtype, shape, data }: HostTensor,
  dtypes: readonly FileDType[],
  fail: (problem: string) => never,
): void {
  if (!dtypes.includes(dtype)) fail(`is of ${dtype}; it must be of one of ${dtypes.join(', ')}`)
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
    fail(`has the shape [${shape.join(', ')}]; it must have whole numbers from 0 on`)
  if (!isOf(dtype, data)) fail(`is of ${dtype}, and its elements are in a ${data.constructor.name}`)
  if (data.length !== sizeOf(shape)) fail(`has the shape [${shape.join(', ')}], and ${data.length} elements`)
  const wrong = dtype === 'bool' ? (data as Uint8Array).findIndex((byte) => byte > 1) : -1
  if (wrong >= 0) fail(`is of bool, and element ${wrong} is ${data[wrong]}; it must be 0 or 1`)
}
