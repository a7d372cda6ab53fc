import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { applies } from '../ir/primitive.ts'
import { reduceMax, sum } from '../ir/primitives/index.ts'
import { keepsRows, type RowSums } from './rows.ts'

/**
 * The graph with a second computation of row values that are stored, for those who compute them again where they use
 * them row by row; and with sums over rows and what is in a row done one after the other. Itself where there is nothing
 * of the kind.
 */
export function withRowsApart(graph: Graph, { rows, splits }: RowSums, stored: ReadonlySet<Value>): Graph {
  const used = usedInRows(graph, rows)
  const doubled = new Map<Value, Value>()
  for (const value of stored) if (used.has(value)) doubled.set(value, { ...value })
  if (doubled.size === 0 && splits.size === 0) return graph
  const inRows = (equation: Equation) => equation.outputs.some((output) => used.has(output))
  const equations = graph.equations.flatMap((equation): readonly Equation[] => {
    const inputs = equation.inputs.map((input) => {
      const again = inRows(equation) ? doubled.get(input) : undefined
      return again && keepsRows(equation, input, sizeOf(input.type.shape)) ? again : input
    })
    const now = inputs.some((input, i) => input !== equation.inputs[i]) ? { ...equation, inputs } : equation
    const lead = splits.get(equation)
    if (lead !== undefined) return inParts(now, lead)
    if (!equation.outputs.some((output) => doubled.has(output))) return [now]
    return [now, { ...now, outputs: equation.outputs.map((output) => doubled.get(output) ?? { ...output }) }]
  })
  return { ...graph, equations }
}

/** The values that have rows and are all of several elements a row, or lead to such. */
function usedInRows(graph: Graph, rows: RowSums['rows']): ReadonlySet<Value> {
  const used = new Set<Value>()
  for (const equation of graph.equations.toReversed()) {
    const wide = (output: Value) => {
      const found = rows.get(output)
      return found !== undefined && (used.has(output) || sizeOf(output.type.shape) > found.rows)
    }
    if (!equation.outputs.some(wide)) continue
    for (const output of equation.outputs) used.add(output)
    for (const input of equation.inputs) if (rows.has(input)) used.add(input)
  }
  return used
}

/** A reduction as one over the axes from `lead` on, and then one over those before. */
function inParts(equation: Equation, lead: number): readonly Equation[] {
  const { primitive, inputs, outputs } = equation
  const [input] = inputs as [Value]
  const [output] = outputs as [Value]
  const axes = applies(equation, sum) || applies(equation, reduceMax) ? equation.params.axes : []
  const inner = { axes: axes.filter((axis) => axis >= lead) }
  const outer = { axes: axes.filter((axis) => axis < lead) }
  const [type] = primitive.type([input.type], inner)
  const within: Value = { type: type!, name: output.name }
  return [
    { ...equation, params: inner, outputs: [within] },
    { ...equation, params: outer, inputs: [within] },
  ]
}
