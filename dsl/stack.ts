import { described } from './error.ts'
import * as stacking from './operations/stack.ts'
import type { Makes, Needs } from './shape/rule.ts'
import type { Stack } from './shape/stack.ts'
import type { AnyTensor } from './tensor.ts'
import { fail } from './trace/trace.ts'
import { heldTensor, traced } from './traced-tensor.ts'

/** Tensors of one shape next to each other along a new axis, the first unless another is named. */
export function stack<const P extends readonly AnyTensor[], X extends number = 0>(
  parts: Needs<Stack<P, X>, P>,
  axis?: X,
): Makes<Stack<P, X>> {
  if (!Array.isArray(parts))
    throw fail(`type error: stack: ${described(parts)} is not a list of tensors; write stack([a, b])`)
  const held = (parts as readonly unknown[]).map((part) => heldTensor('stack', part))
  return traced(stacking.stack(held, axis ?? 0)) as Makes<Stack<P, X>>
}
