import { type Equation, type Graph, graphsIn, type Value } from '../../compiler/ir/graph.ts'
import type { Turns } from '../../compiler/ir/primitive.ts'
import type { Certain, certainIn, Fact } from './graph-uses.ts'

/** The parts of a loop; undefined where an equation is none. */
export const turnsOf = ({ primitive: { lower }, params, inputs }: Equation): Turns | undefined =>
  lower.kind === 'control' && !('none' in lower.turns) ? lower.turns(params, inputs) : undefined

/** What is known of the outputs of an equation that runs graphs. `look` finds what is certain in each of them. */
export function controlFacts(equation: Equation, outer: Certain, look: typeof certainIn): readonly Fact[] {
  const { params, inputs } = equation
  const turns = turnsOf(equation)
  if (turns) return ofLoop(turns, inputs, outer, look)
  const branches = graphsIn(params).map(([, branch]) => ofBranch(branch, inputs, outer, look))
  return equation.outputs.map((_, i) => agreed(branches.map((facts) => facts[i]!)))
}

/**
 * What holds of the carry before the first turn is taken to hold before each, until a turn is found after which it does
 * not.
 */
function ofLoop(
  { body, consts, carry }: Turns,
  inputs: readonly Value[],
  outer: Certain,
  look: typeof certainIn,
): readonly Fact[] {
  for (let given = inputs.map((input) => factOf(input, outer)); ; ) {
    const inner = inside(body, given, look)
    const after = body.outputs.map((output) => factOf(output, inner))
    const next = given.map((fact, i) => (i >= consts && i < consts + carry ? agreed([fact, after[i - consts]!]) : fact))
    if (next.every((fact, i) => fact.isZero === given[i]!.isZero && fact.isOne === given[i]!.isOne))
      return body.outputs.map((output, i) => {
        const from = body.inputs.indexOf(inner.same(output))
        // A stack that is handed on part by part, or a part of the carry; another part, or a constant, is not what it
        // was at first.
        const isKept = i >= carry || from === consts + i
        return {
          ...(i < carry ? next[consts + i]! : after[i]!),
          equal: isKept && inputs[from] ? outer.same(inputs[from]) : undefined,
        }
      })
    given = next
  }
}

/** What is known of the outputs of a graph that takes the last inputs of an equation. */
function ofBranch(branch: Graph, inputs: readonly Value[], outer: Certain, look: typeof certainIn): readonly Fact[] {
  const operands = inputs.slice(inputs.length - branch.inputs.length)
  const inner = inside(
    branch,
    operands.map((operand) => factOf(operand, outer)),
    look,
  )
  return branch.outputs.map((output) => {
    const from = operands[branch.inputs.indexOf(inner.same(output))]
    return { ...factOf(output, inner), equal: from && outer.same(from) }
  })
}

const factOf = (value: Value, { isZero, isOne }: Certain): Fact => ({ isZero: isZero(value), isOne: isOne(value) })

const inside = (graph: Graph, given: readonly Fact[], look: typeof certainIn): Certain =>
  look(
    graph,
    graph.inputs.filter((_, i) => given[i]!.isZero),
    graph.inputs.filter((_, i) => given[i]!.isOne),
  )

/** What holds of a value that is one of several. */
const agreed = (facts: readonly Fact[]): Fact => ({
  isZero: facts.every(({ isZero }) => isZero),
  isOne: facts.every(({ isOne }) => isOne),
  equal: facts.every(({ equal }) => equal === facts[0]!.equal) ? facts[0]!.equal : undefined,
})
