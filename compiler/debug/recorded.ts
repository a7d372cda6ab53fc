import { type Equation, type Graph, graphsIn, mapGraphs, type Value } from '../ir/graph.ts'
import { type Dense, isFloat, none, type Primitive } from '../ir/primitive.ts'
import { nearestHalf } from '../kernel/functions/nearest-half.ts'

/**
 * All values of a graph, with every float rounded to its 32 or 16 bits as soon as it is made: where a device overflows,
 * so does this.
 */
export interface Recorded {
  readonly graph: Graph
  readonly values: ReadonlyMap<Value, Dense>
  /** What made a value, and which output of that it is; nothing for inputs. */
  readonly makers: ReadonlyMap<Value, Maker>
}

export interface Maker {
  readonly equation: Equation
  /** Its place in the graph. */
  readonly at: number
  readonly output: number
}

/**
 * Called with each run of a graph that an equation runs: `name` is the param that the graph is, `turn` counts its runs
 * from 0.
 */
export type Watch = (name: string, turn: number, inner: Recorded) => void

/** Computes a graph, one equation after the other. */
export function record(graph: Graph, inputs: readonly Dense[]): Recorded {
  const values = new Map(graph.inputs.map((input, i) => [input, inputs[i]!]))
  const makers = new Map<Value, Maker>()
  for (const [at, equation] of graph.equations.entries()) {
    const operands = equation.inputs.map((input) => values.get(input)!)
    const results = compute(equation, operands)
    for (const [output, value] of equation.outputs.entries()) {
      values.set(value, results[output]!)
      makers.set(value, { equation, at, output })
    }
  }
  return { graph, values, makers }
}

/** What an equation makes of operands. */
export function compute({ primitive, params, outputs }: Equation, operands: readonly Dense[], watch?: Watch) {
  const types = outputs.map((output) => output.type)
  const turns = new Map<string, number>()
  const names = new Map(graphsIn(params).map(([name, graph]) => [graph, name]))
  // The graphs that it runs are replaced by ones that compute them here.
  const watched = mapGraphs(params, (graph) =>
    probe(graph, (inner) => {
      const name = names.get(graph)!
      const turn = turns.get(name) ?? 0
      turns.set(name, turn + 1)
      watch?.(name, turn, inner)
    }),
  )
  return primitive.evaluate(operands, watched, types).map(rounded)
}

/** A graph of one equation that computes another graph and shows it. */
function probe(graph: Graph, show: (inner: Recorded) => void): Graph {
  const outputs = graph.outputs.map(({ type, name }): Value => ({ type, name }))
  const primitive: Primitive = {
    name: graph.name,
    type: () => outputs.map(({ type }) => type),
    evaluate(inputs) {
      const inner = record(graph, inputs)
      show(inner)
      return graph.outputs.map((output) => inner.values.get(output)!)
    },
    reverse: none('it is only evaluated'),
    forward: none('it is only evaluated'),
    batch: none('it is only evaluated'),
    lower: { kind: 'rewrite', equations: (b, at) => b.inline(graph, at.inputs) },
    cost: () => 0,
  }
  return { ...graph, equations: [{ primitive, params: {}, inputs: graph.inputs, outputs, source: undefined }], outputs }
}

const rounded = (value: Dense): Dense =>
  isFloat(value.dtype)
    ? { ...value, data: Float64Array.from(value.data, value.dtype === 'f16' ? nearestHalf : Math.fround) }
    : value
