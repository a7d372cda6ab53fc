import { type Floats, floats } from '../shape/dtype.ts'
import type { Needs } from '../shape/rule.ts'
import type { AnyTensor } from '../tensor.ts'
import type { Held } from '../trace/held.ts'
import { check } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { type Layer, layerOf, type NoParams } from './layer.ts'

/** Takes any tensor of floats and keeps its shape. */
export type Activation = Layer<'float', 'same', NoParams>

/**
 * A layer without parameters that is its function as well: `relu` among the layers of a network, `relu(x)` of a tensor.
 */
export interface Pointwise<Op extends string = string> extends Activation {
  <A extends AnyTensor>(x: Needs<Floats<Op, A>, A>): A
}

/** The layer of an operation of floats. Its `apply` is that of layers, and hides the one that functions have. */
export function pointwise<Op extends string>(op: Op, operation: (x: Held) => Held): Pointwise<Op> {
  const apply = (input: unknown) => {
    const x = heldTensor(op, input)
    check(floats(op, x.dtype))
    return traced(operation(x))
  }
  const run = { takes: 'float', gives: 'same', apply: (_params: never, x: AnyTensor) => apply(x) } as const
  return Object.assign(apply, layerOf({}, run)) as unknown as Pointwise<Op>
}
