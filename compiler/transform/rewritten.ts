import { Builder } from '../ir/builder.ts'
import { type Graph, graphsIn, mapGraphs, type Value } from '../ir/graph.ts'
import { derive } from './derive.ts'
import { expectLike } from './like.ts'

/**
 * The same graph without the primitives that have no loop of their own: each is written in others, and those again where they need it; so it is in the graphs that equations run. What comes in
 * the place of an equation has its names and its author's line.
 */
export function rewritten(graph: Graph): Graph {
  if (!needsRewriting(graph)) return graph
  const b = new Builder()
  b.inputs.push(...graph.inputs)
  const became = new Map<Value, Value>()
  const now = (value: Value): Value => became.get(value) ?? value
  for (const equation of graph.equations) {
    const { primitive, outputs, source } = equation
    const inputs = equation.inputs.map(now)
    const params = mapGraphs(equation.params, rewritten)
    const { lower } = primitive
    if (lower.kind !== 'rewrite') {
      b.equations.push({ ...equation, inputs, params })
      continue
    }
    const names = outputs.map((output) => output.name)
    const made = new Builder()
    const results = derive(made, source, names, (to) => lower.equations(to, { inputs, params }))
    expectLike(`${primitive.name}, written in other primitives`, results, outputs)
    const inner = rewritten(made.graph(primitive.name, results))
    b.equations.push(...inner.equations)
    for (const [i, output] of outputs.entries()) became.set(output, inner.outputs[i]!)
  }
  return b.graph(graph.name, graph.outputs.map(now))
}

const needsRewriting = (graph: Graph): boolean =>
  graph.equations.some(
    ({ primitive, params }) =>
      primitive.lower.kind === 'rewrite' || graphsIn(params).some(([, inner]) => needsRewriting(inner)),
  )
