import type { Graph } from '../ir/graph.ts'
import { replaceEquations } from './replace.ts'

/** The same graph without the primitives that have no loop of their own: each is written in others. */
export const rewritten = (graph: Graph): Graph =>
  replaceEquations(graph, ({ primitive: { lower }, inputs, params }) =>
    lower.kind === 'rewrite' ? (b) => lower.equations(b, { inputs, params }) : undefined,
  )
