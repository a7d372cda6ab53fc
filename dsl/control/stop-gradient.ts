import * as p from '../../compiler/ir/primitives/index.ts'
import { tensorsOf } from '../tensor-in.ts'
import { hold } from '../trace/held.ts'
import { belongs, enter } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { mapTree } from '../tree.ts'

/** The same tensors, as constants to every derivative. */
export function stopGradient<const T>(tree: T): T {
  const trace = enter('stopGradient')
  for (const { leaf } of tensorsOf(tree, 'stopGradient: the argument')) belongs('stopGradient', trace, leaf)
  return mapTree(tree, isTensor, ({ value, shape, dtype }) =>
    traced(hold(trace, trace.builder.emit(p.stopGradient, [value], {}, value.name), shape, dtype)),
  ) as T
}
