import type { Equation, Graph, Value } from '../../ir/graph.ts'
import type { Pruned } from '../../ir/primitive.ts'
import { fixedPoint } from './active.ts'
import type { CheckpointParams } from './checkpoint.ts'
import type { CondParams } from './cond.ts'
import type { ScanParams } from './scan.ts'
import type { WhileParams } from './while-loop.ts'

/** An equation that runs graphs, without the outputs that nobody needs and what only they need; itself where nothing can go. */
export function prune(equation: Equation, needed: ReadonlySet<Value>): Equation {
  const { lower } = equation.primitive
  if (lower.kind !== 'control') return equation
  const pruned = lower.pruned(
    equation.params,
    equation.outputs.map((output) => needed.has(output)),
  )
  if (![...pruned.inputs, ...pruned.outputs].includes(false)) return equation
  return {
    ...equation,
    params: pruned.params,
    inputs: equation.inputs.filter((_, i) => pruned.inputs[i]),
    outputs: equation.outputs.filter((_, i) => pruned.outputs[i]),
  }
}

export function prunedScan(params: ScanParams, wanted: readonly boolean[]): Pruned {
  const { body, consts, carry } = params
  // A part of the carry is needed where it is wanted in the end, or where what is needed of a turn reads it.
  const outputs = fixedPoint(wanted, (now) => {
    const read = readBy(body, now)
    return now.map((_, i) => i < carry && read[consts + i]!)
  })
  const read = readBy(body, outputs)
  const inputs = read.map((is, i) => (i >= consts && i < consts + carry ? outputs[i - consts]! : is))
  return {
    inputs,
    outputs,
    params: {
      ...params,
      body: kept(body, inputs, outputs),
      consts: count(inputs.slice(0, consts)),
      carry: count(outputs.slice(0, carry)),
    },
  }
}

export function prunedWhile(params: WhileParams, wanted: readonly boolean[]): Pruned {
  const { condition, body, consts } = params
  const asked = readBy(condition, [true])
  const outputs = fixedPoint(
    wanted.map((is, i) => is || asked[consts + i]!),
    (now) => {
      const read = readBy(body, now)
      return now.map((_, i) => read[consts + i]!)
    },
  )
  const read = readBy(body, outputs)
  const inputs = read.map((is, i) => (i < consts ? is || asked[i]! : outputs[i - consts]!))
  return {
    inputs,
    outputs,
    params: {
      ...params,
      condition: kept(condition, inputs, [true]),
      body: kept(body, inputs, outputs),
      consts: count(inputs.slice(0, consts)),
    },
  }
}

export function prunedCond({ whenTrue, whenFalse }: CondParams, outputs: readonly boolean[]): Pruned {
  const [yes, no] = [readBy(whenTrue, outputs), readBy(whenFalse, outputs)]
  const operands = yes.map((is, i) => is || no[i]!)
  return {
    inputs: [true, ...operands],
    outputs,
    params: { whenTrue: kept(whenTrue, operands, outputs), whenFalse: kept(whenFalse, operands, outputs) },
  }
}

export function prunedCheckpoint({ body }: CheckpointParams, outputs: readonly boolean[]): Pruned {
  const inputs = readBy(body, outputs)
  return { inputs, outputs, params: { body: kept(body, inputs, outputs) } }
}

/** Which inputs of a graph the chosen outputs are computed from. */
function readBy(graph: Graph, outputs: readonly boolean[]): readonly boolean[] {
  const needed = neededIn(graph, outputs)
  return graph.inputs.map((input) => needed.has(input))
}

/** The values that the chosen outputs of a graph are computed from. Of a loop within, what its own outputs need. */
export function neededIn(graph: Graph, outputs: readonly boolean[]): ReadonlySet<Value> {
  const needed = new Set<Value>(graph.outputs.filter((_, i) => outputs[i]))
  for (const equation of graph.equations.toReversed())
    if (equation.outputs.some((output) => needed.has(output)))
      for (const input of prune(equation, needed).inputs) needed.add(input)
  return needed
}

/** A graph with the chosen inputs and outputs, and the equations that these need. */
function kept(graph: Graph, inputs: readonly boolean[], outputs: readonly boolean[]): Graph {
  const needed = neededIn(graph, outputs)
  return {
    name: graph.name,
    inputs: graph.inputs.filter((_, i) => inputs[i]),
    equations: graph.equations
      .filter((equation) => equation.outputs.some((output) => needed.has(output)))
      .map((equation) => prune(equation, needed)),
    outputs: graph.outputs.filter((_, i) => outputs[i]),
  }
}

const count = (of: readonly boolean[]): number => of.filter(Boolean).length
