import type { Builder } from '../../ir/builder.ts'
import type { Graph, Value } from '../../ir/graph.ts'
import { applies } from '../../ir/primitive.ts'
import { broadcast, select } from '../../ir/primitives/index.ts'
import { whereFrom } from '../../ir/source.ts'
import { replaceEquations } from '../replace.ts'
import { checkpoint } from './checkpoint.ts'
import { type CondParams, cond } from './cond.ts'
import { scan } from './scan.ts'
import { bounded, whileLoop } from './while-loop.ts'

export interface LoweredOptions {
  /** Whether the target can end a loop when a condition no longer holds; where not, a bounded loop runs all of its turns. */
  readonly canEnd: boolean
}

/**
 * The same graph with no control but loops: what a checkpoint runs is put in its place (after simplification, which would find the second computation to be the first), and of a choice both sides
 * are computed.
 */
export const lowered = (graph: Graph, { canEnd }: LoweredOptions): Graph =>
  replaceEquations(graph, (equation) => {
    const { inputs, source } = equation
    if (applies(equation, checkpoint)) return (b) => b.inline(equation.params.body, inputs)
    if (applies(equation, cond)) return (b) => chosen(b, equation.params, inputs)
    if (canEnd || !applies(equation, whileLoop)) return undefined
    return (b) => {
      if (equation.params.maxSteps === 0)
        throw new Error(
          `whileLoop: WebGPU cannot end a loop when a condition no longer holds${whereFrom(source)}; give maxSteps, or compile for the CPU`,
        )
      return b.emitAll(scan, inputs, bounded(equation.params))
    }
  })

function chosen(b: Builder, { whenTrue, whenFalse }: CondParams, inputs: readonly Value[]): readonly Value[] {
  const [predicate, ...operands] = inputs as [Value, ...Value[]]
  const [yes, no] = [b.inline(whenTrue, operands), b.inline(whenFalse, operands)]
  return yes.map((value, i) => {
    const mask = b.emit(broadcast, [predicate], { shape: value.type.shape, axes: [] })
    return b.emit(select, [mask, value, no[i]!], {})
  })
}
