import type { Builder } from '../ir/builder.ts'
import type { Graph, Value } from '../ir/graph.ts'
import { repeated } from '../ir/primitives/elementwise.ts'
import { derive, ruleOf } from './derive.ts'
import { expectLike } from './like.ts'

/**
 * Vectorises: appends `graph` for `size` sets of inputs at once. args[i] has an extra leading axis where batched[i],
 * and is shared by all otherwise; every output has the leading axis. Values from an enclosing trace are shared. What
 * does not depend on a batched input is computed once.
 */
export function batch(
  b: Builder,
  graph: Graph,
  args: readonly Value[],
  batched: readonly boolean[],
  size: number,
): readonly Value[] {
  const carries = carriesBatch(graph, batched)
  return batchWhere(b, graph, args, batched, size).map((output, i) => (carries[i] ? output : repeated(b, output, size)))
}

/** The same, where only those outputs have the leading axis that depend on a batched input. */
export function batchWhere(
  b: Builder,
  graph: Graph,
  args: readonly Value[],
  batched: readonly boolean[],
  size: number,
): readonly Value[] {
  const leading = batched.map((carries) => (carries ? [size] : []))
  expectLike(`batch of ${graph.name}: arguments`, args, graph.inputs, leading)
  const became = new Map<Value, Value>(graph.inputs.map((input, i) => [input, args[i]!]))
  const carriers = carriersOf(graph, batched)
  const now = (value: Value): Value => became.get(value) ?? value
  for (const equation of graph.equations) {
    const { primitive, params, inputs, outputs, source } = equation
    const carries = inputs.map((input) => carriers.has(input))
    const names = outputs.map((output) => output.name)
    const results = derive(b, source, names, (made) =>
      carries.includes(true)
        ? ruleOf('vmap', primitive.batch, equation)(made, { inputs: inputs.map(now), batched: carries, size, params })
        : made.emitAll(primitive, inputs.map(now), params),
    )
    for (const [i, output] of outputs.entries()) became.set(output, results[i]!)
  }
  return graph.outputs.map(now)
}

/** Which outputs depend on a batched input. */
export function carriesBatch(graph: Graph, batched: readonly boolean[]): readonly boolean[] {
  const carriers = carriersOf(graph, batched)
  return graph.outputs.map((output) => carriers.has(output))
}

function carriersOf(graph: Graph, batched: readonly boolean[]): ReadonlySet<Value> {
  const carriers = new Set<Value>(graph.inputs.filter((_, i) => batched[i]))
  for (const { inputs, outputs } of graph.equations)
    if (inputs.some((input) => carriers.has(input))) for (const output of outputs) carriers.add(output)
  return carriers
}
