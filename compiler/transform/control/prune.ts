import type { Equation, Graph, Value } from '../../ir/graph.ts'
import type { Pruned } from '../../ir/primitive.ts'
import type { CheckpointParams } from './checkpoint.ts'
import type { CondParams } from './cond.ts'
import type { ScanParams } from './scan.ts'
import type { WhileParams } from './while-loop.ts'

/** What the chosen outputs of a graph are computed from. */
export interface Needed {
  readonly values: ReadonlySet<Value>
  /** Those that make it, without what the graphs that they run compute for nobody. */
  readonly equations: readonly Equation[]
  /** Which inputs of the graph are among it. */
  readonly inputs: readonly boolean[]
}

/**
 * Looks into loops and branches: of a part of a carry that only it reads, nothing is needed. All outputs are chosen
 * unless said.
 */
export function neededIn(graph: Graph, outputs?: readonly boolean[]): Needed {
  const values = new Set<Value>(graph.outputs.filter((_, i) => outputs?.[i] ?? true))
  const equations: Equation[] = []
  for (const equation of graph.equations.toReversed()) {
    if (!equation.outputs.some((output) => values.has(output))) continue
    const pruned = prune(equation, values)
    for (const input of pruned.inputs) values.add(input)
    equations.push(pruned)
  }
  return { values, equations: equations.reverse(), inputs: graph.inputs.map((input) => values.has(input)) }
}

/**
 * An equation that runs graphs, without the outputs that nobody needs and what only they need; itself where nothing can
 * go.
 */
function prune(equation: Equation, needed: ReadonlySet<Value>): Equation {
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
  const { outputs, needed } = throughTurns(body, wanted, consts, carry)
  const inputs = needed.inputs.map((is, i) => (i >= consts && i < consts + carry ? outputs[i - consts]! : is))
  return {
    inputs,
    outputs,
    params: {
      ...params,
      body: kept(body, inputs, outputs, needed),
      consts: count(inputs.slice(0, consts)),
      carry: count(outputs.slice(0, carry)),
    },
  }
}

export function prunedWhile(params: WhileParams, wanted: readonly boolean[]): Pruned {
  const { condition, body, consts } = params
  const asked = neededIn(condition)
  const first = wanted.map((is, i) => is || asked.inputs[consts + i]!)
  const { outputs, needed } = throughTurns(body, first, consts, wanted.length)
  const inputs = needed.inputs.map((is, i) => (i < consts ? is || asked.inputs[i]! : outputs[i - consts]!))
  return {
    inputs,
    outputs,
    params: {
      ...params,
      condition: kept(condition, inputs, [true], asked),
      body: kept(body, inputs, outputs, needed),
      consts: count(inputs.slice(0, consts)),
    },
  }
}

export function prunedCond({ whenTrue, whenFalse }: CondParams, outputs: readonly boolean[]): Pruned {
  const [yes, no] = [neededIn(whenTrue, outputs), neededIn(whenFalse, outputs)]
  const operands = yes.inputs.map((is, i) => is || no.inputs[i]!)
  return {
    inputs: [true, ...operands],
    outputs,
    params: { whenTrue: kept(whenTrue, operands, outputs, yes), whenFalse: kept(whenFalse, operands, outputs, no) },
  }
}

export function prunedCheckpoint({ body }: CheckpointParams, outputs: readonly boolean[]): Pruned {
  const needed = neededIn(body, outputs)
  return { inputs: needed.inputs, outputs, params: { body: kept(body, needed.inputs, outputs, needed) } }
}

/** A part of the carry is needed where it is wanted in the end, or where what is needed of a turn reads it. */
function throughTurns(body: Graph, wanted: readonly boolean[], consts: number, carry: number) {
  for (let outputs = wanted; ; ) {
    const needed = neededIn(body, outputs)
    const next = outputs.map((is, i) => is || (i < carry && needed.inputs[consts + i]!))
    if (next.every((is, i) => is === outputs[i])) return { outputs, needed }
    outputs = next
  }
}

/** A graph with the chosen inputs and outputs, and the equations that these need. */
const kept = (
  { name, inputs, outputs }: Graph,
  isGiven: readonly boolean[],
  isWanted: readonly boolean[],
  { equations }: Needed,
): Graph => ({
  name,
  inputs: inputs.filter((_, i) => isGiven[i]),
  equations,
  outputs: outputs.filter((_, i) => isWanted[i]),
})

const count = (of: readonly boolean[]): number => of.filter(Boolean).length
