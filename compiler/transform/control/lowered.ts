import { Builder } from '../../ir/builder.ts'
import { type Equation, type Graph, graphsIn, mapGraphs, type Value } from '../../ir/graph.ts'
import type { Primitive } from '../../ir/primitive.ts'
import { broadcast, select } from '../../ir/primitives/index.ts'
import { whereFrom } from '../../ir/source.ts'
import { derive } from '../derive.ts'
import { type CheckpointParams, checkpoint } from './checkpoint.ts'
import { type CondParams, cond } from './cond.ts'
import { scan } from './scan.ts'
import { bounded, type WhileParams, whileLoop } from './while-loop.ts'

export interface LoweredOptions {
  /** Whether the target can end a loop when a condition no longer holds; where not, a bounded loop runs all of its turns. */
  readonly canEnd: boolean
}

/**
 * The same graph with no control but loops: what a checkpoint runs is put in its place (after simplification, which would find the second computation to be the first), and of a choice both sides
 * are computed.
 */
export function lowered(graph: Graph, options: LoweredOptions): Graph {
  if (!graph.equations.some(({ params }) => graphsIn(params).length > 0)) return graph
  const b = new Builder()
  b.inputs.push(...graph.inputs)
  const became = new Map<Value, Value>()
  const now = (value: Value): Value => became.get(value) ?? value
  for (const equation of graph.equations) {
    const inputs = equation.inputs.map(now)
    const params = mapGraphs(equation.params, (inner) => lowered(inner, options))
    const written = inLoops({ ...equation, inputs, params }, options)
    if (!written) {
      b.equations.push({ ...equation, inputs, params })
      continue
    }
    const names = equation.outputs.map((output) => output.name)
    const results = derive(b, equation.source, names, written)
    for (const [i, output] of equation.outputs.entries()) became.set(output, results[i]!)
  }
  return b.graph(graph.name, graph.outputs.map(now))
}

/** What takes the place of an equation; undefined where it stays. */
function inLoops(
  { primitive, params, inputs, source }: Equation,
  options: LoweredOptions,
): ((b: Builder) => readonly Value[]) | undefined {
  const is = (other: unknown) => primitive === (other as Primitive)
  if (is(checkpoint)) return (b) => b.inline((params as CheckpointParams).body, inputs)
  if (is(cond)) return (b) => chosen(b, params as CondParams, inputs)
  if (is(whileLoop) && !options.canEnd)
    return (b) => {
      const of = params as WhileParams
      if (of.maxSteps === 0)
        throw new Error(
          `whileLoop: WebGPU cannot end a loop when a condition no longer holds${whereFrom(source)}; give maxSteps, or compile for the CPU`,
        )
      const loop = bounded(of)
      return b.emitAll(scan, inputs, { ...loop, body: lowered(loop.body, options) })
    }
  return undefined
}

function chosen(b: Builder, { whenTrue, whenFalse }: CondParams, inputs: readonly Value[]): readonly Value[] {
  const [predicate, ...operands] = inputs as [Value, ...Value[]]
  const [yes, no] = [b.inline(whenTrue, operands), b.inline(whenFalse, operands)]
  return yes.map((value, i) => {
    const mask = b.emit(broadcast, [predicate], { shape: value.type.shape, axes: [] })
    return b.emit(select, [mask, value, no[i]!], {})
  })
}
