import { type Graph, type Source, sameShape, type Value } from './graph.ts'
import type { Dense } from './primitive.ts'
import { showType } from './primitives/type-rule.ts'
import { whereFrom } from './source.ts'

/**
 * Runs a graph in float64, one equation after the other: the reference that every compiled form is held to. Throws
 * where the inputs do not fit the graph.
 */
export function evaluate(graph: Graph, inputs: readonly Dense[]): Dense[] {
  if (inputs.length !== graph.inputs.length)
    throw new Error(`evaluate ${graph.name}: takes ${graph.inputs.length} inputs and is given ${inputs.length}`)
  const known = new Map<Value, Dense>()
  for (const [i, input] of graph.inputs.entries()) {
    const given = inputs[i]!
    if (given.dtype !== input.type.dtype || !sameShape(given.shape, input.type.shape))
      throw new Error(
        `evaluate ${graph.name}: input '${input.name}' is ${showType(input.type)} and is given ${showType(given)}`,
      )
    known.set(input, given)
  }
  const at = (value: Value, source?: Source): Dense => {
    const found = known.get(value)
    if (!found) throw new Error(`evaluate ${graph.name}: '${value.name}' has no value${whereFrom(source)}`)
    return found
  }
  for (const { primitive, params, inputs: from, outputs, source } of graph.equations) {
    const results = primitive.evaluate(
      from.map((value) => at(value, source)),
      params,
      outputs.map((output) => output.type),
    )
    for (const [i, output] of outputs.entries()) known.set(output, results[i]!)
  }
  return graph.outputs.map((output) => at(output))
}
