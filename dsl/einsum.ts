import { described } from './error.ts'
import * as operations from './operations/einsum.ts'
import type { Einsum } from './shape/einsum.ts'
import type { Makes } from './shape/rule.ts'
import type { AnyTensor } from './tensor.ts'
import { fail } from './trace/trace.ts'
import { heldTensor, traced } from './traced-tensor.ts'

/** The spec where the rule holds, else the complaint. */
type Fitting<S extends string, T extends readonly AnyTensor[]> =
  Einsum<S, T> extends infer Complaint extends string ? Complaint : S

/**
 * A sum of products, as numpy's einsum: a letter for each axis, 'ij,jk->ik' for a matrix product. Letters that the
 * result has not are summed over, a letter that one operand has twice takes its diagonal, and '...' stands for leading
 * axes that broadcast. Of several tensors those are multiplied first whose product costs least.
 */
export function einsum<const S extends string, const T extends readonly AnyTensor[]>(
  spec: Fitting<S, T>,
  ...tensors: T
): Makes<Einsum<S, T>> {
  if (typeof spec !== 'string')
    throw fail(`type error: einsum: ${described(spec)} is not a spec; write einsum('ij,jk->ik', a, b)`)
  const held = tensors.map((tensor) => heldTensor('einsum', tensor))
  return traced(operations.einsum(spec, held)) as Makes<Einsum<S, T>>
}
