import type { Graph, Value } from '../../ir/graph.ts'
import { isFloat } from '../../ir/primitive.ts'

/** Which outputs of a graph a derivative in the given inputs reaches: floats that are computed from them. */
export function activeOutputs(graph: Graph, active: readonly boolean[]): readonly boolean[] {
  const reached = new Set<Value>(graph.inputs.filter((input, i) => active[i] && isFloat(input.type.dtype)))
  for (const { inputs, outputs } of graph.equations)
    if (inputs.some((input) => reached.has(input)))
      for (const output of outputs) if (isFloat(output.type.dtype)) reached.add(output)
  return graph.outputs.map((output) => reached.has(output))
}

/**
 * What has a property in the end, where having it spreads: from `start`, with `step` giving what else has it then, such
 * as the new carry of a loop from the old.
 */
export function fixedPoint(
  start: readonly boolean[],
  step: (carry: readonly boolean[]) => readonly boolean[],
): readonly boolean[] {
  for (let now = start; ; ) {
    const after = step(now)
    const next = now.map((is, i) => is || after[i]!)
    if (next.every((is, i) => is === now[i])) return next
    now = next
  }
}
