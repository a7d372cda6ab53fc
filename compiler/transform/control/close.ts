import type { Graph, Value } from '../../ir/graph.ts'

/**
 * A graph that mentions nothing but its own values, and the values of the enclosing trace that its first inputs stand
 * for.
 */
export interface Closed {
  readonly graph: Graph
  readonly captured: readonly Value[]
}

/**
 * Makes inputs of the values that a graph takes from the trace around it: they come first, in the order in which they
 * are first mentioned.
 */
export function close(graph: Graph): Closed {
  const { graphs, captured } = closeTogether([graph])
  return { graph: graphs[0]!, captured }
}

/** The same for several graphs, which then begin with the same inputs. */
export function closeTogether(graphs: readonly Graph[]): { graphs: readonly Graph[]; captured: readonly Value[] } {
  const captured = [...new Set(graphs.flatMap(freeIn))]
  return { captured, graphs: graphs.map((graph) => taking(graph, captured)) }
}

function taking(graph: Graph, captured: readonly Value[]): Graph {
  const inner = new Map(captured.map((value) => [value, { ...value }]))
  const now = (value: Value): Value => inner.get(value) ?? value
  return {
    name: graph.name,
    inputs: [...inner.values(), ...graph.inputs],
    equations: graph.equations.map((equation) => ({ ...equation, inputs: equation.inputs.map(now) })),
    outputs: graph.outputs.map(now),
  }
}

/** The values that a graph mentions and does not define. */
function freeIn(graph: Graph): readonly Value[] {
  const own = new Set<Value>(graph.inputs)
  const free = new Set<Value>()
  for (const { inputs, outputs } of graph.equations) {
    for (const input of inputs) if (!own.has(input)) free.add(input)
    for (const output of outputs) own.add(output)
  }
  for (const output of graph.outputs) if (!own.has(output)) free.add(output)
  return [...free]
}
