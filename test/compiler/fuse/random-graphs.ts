import fc from 'fast-check'
import type { Graph } from '../../../compiler/ir/graph.ts'
import { printGraph } from '../../../compiler/ir/print.ts'
import { rewritten } from '../../../compiler/transform/rewritten.ts'
import { simplify } from '../../../compiler/transform/simplify.ts'
import { uniforms } from '../random.ts'
import { randomNetwork, randomStateStep } from '../random-network.ts'
import { type Random, randomGraph } from '../transform/random-graph.ts'

const anyGraph = (random: Random) => randomGraph(random, 1 + Math.floor(40 * random()))

/** Counterexamples are printed as graphs and not as the records of their primitives. */
const shown = (graph: Graph): Graph => Object.assign({ ...graph }, { [fc.toStringMethod]: () => printGraph(graph) })

const graphsMadeBy = (...makers: readonly ((random: Random) => { graph: Graph })[]): fc.Arbitrary<Graph> =>
  fc
    .tuple(fc.constantFrom(...makers), fc.integer())
    .map(([make, seed]) => shown(simplify(rewritten(make(uniforms(seed)).graph))))

/** Graphs of every primitive on tensors of a few elements, rewritten and simplified as the compiler simplifies them. */
export const smallGraphs: fc.Arbitrary<Graph> = graphsMadeBy(anyGraph)

/** These, and networks with their gradients, and steps on state. */
export const randomGraphs: fc.Arbitrary<Graph> = graphsMadeBy(anyGraph, randomNetwork, randomStateStep)

/**
 * Steps on state, with the input whose memory each output takes over: every input but the last is state, and comes out
 * as the output at its position.
 */
export const randomStateSteps: fc.Arbitrary<{
  readonly graph: Graph
  readonly donated: readonly (number | undefined)[]
}> = fc.integer().map((seed) => {
  const graph = shown(simplify(randomStateStep(uniforms(seed)).graph))
  const states = graph.inputs.length - 1
  return { graph, donated: graph.outputs.map((_, i) => (i < states ? i : undefined)) }
})
