import type { Graph } from '../../ir/graph.ts'
import type { ControlTarget } from '../../ir/primitive.ts'
import { replaceEquations } from '../replace.ts'

/**
 * The same graph with no control but loops: what a checkpoint runs is put in its place (after simplification, which
 * would find the second computation to be the first), and of a choice both sides are computed.
 */
export const lowered = (graph: Graph, target: ControlTarget): Graph =>
  replaceEquations(graph, (equation) => {
    const { lower } = equation.primitive
    return lower.kind === 'control' ? lower.lowered(equation, target) : undefined
  })
