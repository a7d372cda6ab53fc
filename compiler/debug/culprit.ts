import type { Equation, Graph, Value } from '../ir/graph.ts'
import { type Dense, isFloat } from '../ir/primitive.ts'
import { compute, type Recorded, record } from './recorded.ts'

/** An element that an equation made not finite out of finite numbers; or NaN out of infinities that were given. */
export interface Culprit {
  readonly equation: Equation
  readonly output: Value
  /** Of the element, in row-major order. */
  readonly element: number
  readonly value: number
  readonly operands: readonly Dense[]
  /** The loops and branches that it is in, outermost first, and in which run of their graph. */
  readonly within: readonly { readonly equation: Equation; readonly graph: string; readonly turn: number }[]
  /** When it happened: positions in the graphs and turns around it. */
  readonly order: readonly number[]
}

/** An input that is NaN. */
export interface GivenNaN {
  readonly input: Value
  readonly element: number
}

export interface Findings {
  readonly outputs: readonly Dense[]
  readonly culprit: Culprit | undefined
  readonly given: GivenNaN | undefined
}

/**
 * Where the numbers of a graph's outputs that are not finite begin. From each output that has one, its first is
 * followed back: through every operand without which it would be finite, to equations that make such a number of finite
 * ones. Of these the first to run is the culprit; what a `select` did not choose is not followed. A trail that ends in
 * a constant or in an input is nobody's fault, but for an operation that makes NaN of the infinities it was given so
 * (-Infinity - -Infinity), and for an input that is NaN.
 */
export function findCulprit(graph: Graph, inputs: readonly Dense[]): Findings {
  const recorded = record(graph, inputs)
  const outputs = graph.outputs.map((output) => recorded.values.get(output)!)
  const { found, given } = followOutputs(recorded)
  return { outputs, culprit: earliest(found), given }
}

interface Trail {
  readonly recorded: Recorded
  /** Each value is followed once. */
  readonly seen: Set<Value>
  given: GivenNaN | undefined
}

function followOutputs(recorded: Recorded) {
  const trail: Trail = { recorded, seen: new Set(), given: undefined }
  const found = recorded.graph.outputs.flatMap((output) => {
    const [first] = notFinite(recorded.values.get(output)!)
    return first === undefined ? [] : follow(trail, output, first)
  })
  return { found, given: trail.given }
}

/** The equations that made element `element` of a value what it is. */
function follow(trail: Trail, value: Value, element: number): readonly Culprit[] {
  const { recorded, seen } = trail
  if (seen.has(value)) return []
  seen.add(value)
  const maker = recorded.makers.get(value)
  const number = recorded.values.get(value)!.data[element]!
  if (!maker) {
    if (Number.isNaN(number)) trail.given ??= { input: value, element }
    return []
  }
  const { equation, at, output } = maker
  if (equation.inputs.length === 0) return []
  const operands = equation.inputs.map((input) => recorded.values.get(input)!)
  const here: Culprit = { equation, output: value, element, value: number, operands, within: [], order: [at] }
  /** Whether the element is not finite where only the given elements of each operand are what they are. */
  const isBad = (kept: (operand: number) => Iterable<number>) =>
    !Number.isFinite(
      compute(
        equation,
        operands.map((operand, i) => cleaned(operand, new Set(kept(i)))),
      )[output]!.data[element],
    )
  if (isBad(() => [])) return equation.primitive.lower.kind === 'control' ? inside(here) : [here]

  const bad = operands.map(notFinite)
  const suspects = bad.flatMap((elements, i) => (elements.length > 0 ? [i] : []))
  const alone = suspects.filter((i) => isBad((operand) => (operand === i ? bad[i]! : [])))
  const blamed = (alone.length > 0 ? alone : suspects).map((i) => ({
    input: equation.inputs[i]!,
    // Where one operand is enough, half of its elements may be, and half of those.
    element: oneOf(bad[i]!, (kept) => isBad((operand) => (operand === i ? kept : []))),
  }))
  const found = blamed.flatMap((one) => follow(trail, one.input, one.element))
  if (found.length > 0) return found
  const hasNaN = blamed.some((one) => Number.isNaN(recorded.values.get(one.input)!.data[one.element]))
  return Number.isNaN(number) && !hasNaN && !trail.given ? [here] : []
}

/** The same in the graphs that an equation runs: what went wrong in the first of its runs that has a culprit. */
function inside(at: Culprit): readonly Culprit[] {
  const found: Culprit[] = []
  compute(at.equation, at.operands, (graph, turn, inner) => {
    if (found.length > 0) return
    const first = earliest(followOutputs(inner).found)
    if (!first) return
    const within = [{ equation: at.equation, graph, turn }, ...first.within]
    found.push({ ...first, within, order: [...at.order, turn, ...first.order] })
  })
  return found.length > 0 ? found : [at]
}

const notFinite = ({ dtype, data }: Dense): readonly number[] => {
  const found: number[] = []
  if (isFloat(dtype)) for (const [i, value] of data.entries()) if (!Number.isFinite(value)) found.push(i)
  return found
}

/** In the domain of every function and a pole of none. */
const harmless = 0.5

/** An operand with a harmless number for what is not finite, but for the elements in `kept`. */
function cleaned(operand: Dense, kept: ReadonlySet<number>): Dense {
  if (!isFloat(operand.dtype)) return operand
  const data = operand.data.map((value, i) => (Number.isFinite(value) || kept.has(i) ? value : harmless))
  return { ...operand, data }
}

/** One of some elements that is enough by itself; any where none is. */
function oneOf(elements: readonly number[], isEnough: (kept: readonly number[]) => boolean): number {
  if (elements.length === 1) return elements[0]!
  const half = Math.ceil(elements.length / 2)
  const [first, second] = [elements.slice(0, half), elements.slice(half)]
  return oneOf(!isEnough(first) && isEnough(second) ? second : first, isEnough)
}

const earliest = (found: readonly Culprit[]): Culprit | undefined => [...found].sort(inOrder)[0]

function inOrder(a: Culprit, b: Culprit): number {
  for (let i = 0; i < Math.min(a.order.length, b.order.length); i++)
    if (a.order[i] !== b.order[i]) return a.order[i]! - b.order[i]!
  return a.order.length - b.order.length
}
