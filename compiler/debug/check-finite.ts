import { isState, type Traced } from '../compile.ts'
import type { Graph } from '../ir/graph.ts'
import { type Dense, isFloat } from '../ir/primitive.ts'
import { leavesOf } from '../plan/tree.ts'
import { type Findings, findCulprit } from './culprit.ts'
import { NonFiniteError } from './non-finite-error.ts'

/** A call of a program, with the tensors of its leaves. */
export interface Call {
  readonly inputs: readonly ArrayLike<number>[]
  readonly outputs: readonly ArrayLike<number>[]
  /** How often the program ran, each time on the state that the time before made. */
  readonly steps: number
}

/**
 * Throws a NonFiniteError where a result of a call is NaN or infinite, unless that came out of infinities among
 * constants and inputs. The call is computed again, one operation after the other, as the program was written and,
 * where that finds nothing, as it was simplified.
 */
export function checkFinite(traced: Traced, simplified: Graph, { inputs, outputs, steps }: Call): void {
  const { graph } = traced
  const bad = outputs.findIndex((data, i) => isFloat(graph.outputs[i]!.type.dtype) && !allFinite(data))
  if (bad < 0) return
  const given = graph.inputs.map(({ type }, i): Dense => ({ ...type, data: Float64Array.from(inputs[i]!) }))
  const state = stateOf(traced)
  const found = [graph, simplified].map((one) => findInSteps(one, given, steps, state))
  const beginning = found.find(({ culprit, given }) => culprit ?? given)
  const isDeliberate = !beginning && found.some(({ outputs }) => !allFinite(outputs[bad]!.data))
  if (isDeliberate) return
  const path = leavesOf(traced.outputs)[bad]!.path
  throw new NonFiniteError(traced.name, path, beginning ?? { culprit: undefined, given: undefined })
}

const allFinite = (data: ArrayLike<number>): boolean => Array.prototype.every.call(data, Number.isFinite)

/** Of each input, the output that takes its place in the next step. */
function stateOf({ inputs, outputs }: Traced): readonly (number | undefined)[] {
  const made = leavesOf(outputs).map(({ path }) => path)
  return leavesOf(inputs).map(({ path }) => {
    const output = isState(path) ? made.indexOf(path) : -1
    return output < 0 ? undefined : output
  })
}

function findInSteps(
  graph: Graph,
  inputs: readonly Dense[],
  steps: number,
  state: readonly (number | undefined)[],
): Findings {
  let found = findCulprit(graph, inputs)
  let now = inputs
  for (let step = 1; step < steps && !found.culprit && !found.given; step++) {
    const made = found.outputs
    now = now.map((input, i) => (state[i] === undefined ? input : made[state[i]]!))
    found = findCulprit(graph, now)
  }
  return found
}
