import { evaluate } from '../compiler/ir/evaluate.ts'
import type { Graph, Value } from '../compiler/ir/graph.ts'
import type { Dense } from '../compiler/ir/primitive.ts'
import { movedBy, type Probe } from './probes.ts'

/** The outputs of a graph as functions of how far its inputs have been moved along a probe. */
export type Along = (probe: Probe) => (t: number) => readonly Float64Array[]

/** Evaluates again and again, each time only what depends on what moves. */
export function alongProbes(graph: Graph, inputs: readonly Dense[]): Along {
  const values = [...graph.inputs, ...graph.equations.flatMap(({ outputs }) => outputs)]
  const still = new Map<Value, Dense>()
  for (const [i, dense] of evaluate({ ...graph, outputs: values }, inputs).entries()) still.set(values[i]!, dense)
  return (probe) => {
    const moves = new Set<Value>(graph.inputs.filter((_, i) => probe.along.has(i)))
    const equations = graph.equations.filter((equation) => {
      const depends = equation.inputs.some((input) => moves.has(input))
      if (depends) for (const output of equation.outputs) moves.add(output)
      return depends
    })
    const read = new Set([...equations.flatMap((equation) => equation.inputs), ...graph.outputs])
    const kept = [...read].filter((value) => !moves.has(value) && !graph.inputs.includes(value))
    const rest: Graph = { ...graph, inputs: [...graph.inputs, ...kept], equations }
    const keptValues = kept.map((value) => still.get(value)!)
    return (t) => evaluate(rest, [...movedBy(inputs, probe, t), ...keptValues]).map(({ data }) => data)
  }
}
