import type { Equation, Graph, Value } from '../ir/graph.ts'

export const kindOf = (equation: Equation) => equation.primitive.lower.kind
export const isAnchor = (equation: Equation): boolean =>
  kindOf(equation) === 'reduce' || kindOf(equation) === 'contract'
export const isLoop = (equation: Equation): boolean => kindOf(equation) === 'control'

/** The equations that read each value, in order. */
export type Consumers = ReadonlyMap<Value, readonly Equation[]>

export function consumersOf(graph: Graph): Consumers {
  const consumers = new Map<Value, Equation[]>()
  for (const equation of graph.equations) {
    for (const input of new Set(equation.inputs)) {
      const known = consumers.get(input)
      if (known) known.push(equation)
      else consumers.set(input, [equation])
    }
  }
  return consumers
}
