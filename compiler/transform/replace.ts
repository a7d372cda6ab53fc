import { Builder } from '../ir/builder.ts'
import { type Equation, type Graph, graphsIn, mapGraphs, type Value } from '../ir/graph.ts'
import { derive } from './derive.ts'
import { expectLike } from './like.ts'

/** Writes what takes the place of an equation; undefined where the equation stays. */
export type Replacement = (equation: Equation) => ((b: Builder) => readonly Value[]) | undefined

/**
 * The same graph with equations replaced, those too that the replacements bring, and in the graphs that equations run;
 * itself where there is nothing to replace. What comes in the place of an equation has its names and its author's line.
 */
export function replaceEquations(graph: Graph, replacement: Replacement): Graph {
  if (!hasReplacement(graph, replacement)) return graph
  const b = new Builder()
  b.inputs.push(...graph.inputs)
  const became = new Map<Value, Value>()
  for (const was of graph.equations) {
    const equation = {
      ...was,
      inputs: was.inputs.map((input) => became.get(input) ?? input),
      params: mapGraphs(was.params, (inner) => replaceEquations(inner, replacement)),
    }
    const write = replacement(equation)
    if (!write) {
      b.equations.push(equation)
      continue
    }
    const { primitive, outputs, source } = equation
    const made = new Builder()
    const names = outputs.map((output) => output.name)
    const results = derive(made, source, names, write)
    expectLike(`${primitive.name}, written in other primitives`, results, outputs)
    const written = replaceEquations(made.graph(primitive.name, results), replacement)
    b.equations.push(...written.equations)
    for (const [i, output] of outputs.entries()) became.set(output, written.outputs[i]!)
  }
  return b.graph(
    graph.name,
    graph.outputs.map((output) => became.get(output) ?? output),
  )
}

const hasReplacement = (graph: Graph, replacement: Replacement): boolean =>
  graph.equations.some(
    (equation) =>
      replacement(equation) !== undefined ||
      graphsIn(equation.params).some(([, inner]) => hasReplacement(inner, replacement)),
  )
