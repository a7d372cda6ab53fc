import type { Equation, Graph, Value } from '../ir/graph.ts'
import { isFloat } from '../ir/primitive.ts'
import { kindOf } from './consumers.ts'
import { producersOf } from './element.ts'
import type { Rows } from './rows.ts'

const comparisons: ReadonlySet<string> = new Set(['less', 'lessEqual', 'equal'])
/** Elementwise operations that give an operand as it is, but for its sign. */
const choices: ReadonlySet<string> = new Set(['select', 'minimum', 'maximum', 'neg', 'abs', 'stopGradient'])

/** What the elements of a value are elements of, and whether of other places than their own. */
type Sources = ReadonlyMap<Value, boolean>

/** A comparison of elements of a value with others of the same. */
export interface Meeting {
  readonly value: Value
  readonly comparison: Equation
  /** What stands between the two, such as the greatest of the value's elements. */
  readonly between: ReadonlySet<Value>
}

/**
 * Where values meet themselves at other places: elements with the greatest of them, which is how the gradient of a
 * maximum and the place of the greatest are found, or with each other. There an element has to be the same number on
 * both sides, to the last bit: were it less than itself, a maximum would have no gradient, or one divided by 0
 * elements.
 */
export function meetingsIn(graph: Graph): readonly Meeting[] {
  const meetings: Meeting[] = []
  const known = new Map<Value, Sources>()
  const sourcesOf = (value: Value): Sources => known.get(value) ?? new Map([[value, false]])
  const producers = producersOf(graph)
  for (const comparison of graph.equations) {
    const { primitive, outputs } = comparison
    if (comparisons.has(primitive.name)) {
      const [a, b] = comparison.inputs.map(sourcesOf) as [Sources, Sources]
      for (const [value, moved] of a)
        if (b.has(value) && (moved || b.get(value)))
          meetings.push({ value, comparison, between: valuesBetween(value, comparison, producers) })
    }
    const operands = chosenFrom(comparison)
    if (!operands) continue
    const sources = new Map<Value, boolean>()
    const isMove = kindOf(comparison) !== 'map'
    for (const operand of operands)
      for (const [source, moved] of sourcesOf(operand))
        sources.set(source, moved || isMove || sources.get(source) === true)
    for (const output of outputs) known.set(output, sources)
  }
  return meetings
}

/** The operands whose elements are those of the result, but for their signs; undefined where elements are computed. */
function chosenFrom({ primitive: { name, lower }, inputs }: Equation): readonly Value[] | undefined {
  if (name === 'select') return inputs.slice(1)
  const chooses = lower.kind === 'index' || (lower.kind === 'reduce' ? lower.op === 'max' : choices.has(name))
  return chooses ? inputs : undefined
}

function valuesBetween(
  value: Value,
  comparison: Equation,
  producers: ReadonlyMap<Value, Equation>,
): ReadonlySet<Value> {
  const leads = new Map<Value, boolean>()
  const visit = (at: Value): boolean => {
    if (at === value) return true
    const known = leads.get(at)
    if (known !== undefined) return known
    const producer = producers.get(at)
    const found = ((producer && chosenFrom(producer)) ?? []).map(visit).some((isThere) => isThere)
    leads.set(at, found)
    return found
  }
  comparison.inputs.forEach(visit)
  return new Set([...leads].flatMap(([at, found]) => (found ? [at] : [])))
}

/**
 * The meetings whose values have to be stored to be the same on both sides: those of sums, whose order is that of the
 * loops where they stand, unless both sides are computed in one row; and those of halves, which are rounded where they
 * are stored.
 */
export function metApart(
  graph: Graph,
  meetings: readonly Meeting[],
  stored: ReadonlySet<Value>,
  rows: ReadonlyMap<Value, Rows>,
): readonly Meeting[] {
  if (meetings.length === 0) return []
  const summed = withSumsIn(graph, stored)
  const producers = producersOf(graph)
  const rowsOf = (value: Value) => rows.get(value)?.rows
  return meetings.filter(({ value, comparison, between }) => {
    if (stored.has(value) || !producers.has(value)) return false
    const isRounded = value.type.dtype === 'f16'
    const inOneRow = rowsOf(value) !== undefined && rowsOf(value) === rowsOf(comparison.outputs[0]!)
    const together = !isRounded && inOneRow && [...between].every((one) => !stored.has(one))
    return (isRounded || summed.has(value)) && !together
  })
}

/** The values with sums of floats in their expressions. */
function withSumsIn(graph: Graph, stored: ReadonlySet<Value>): ReadonlySet<Value> {
  const summed = new Set<Value>()
  for (const { primitive, inputs, outputs } of graph.equations) {
    const { lower } = primitive
    const isSum = lower.kind === 'contract' || (lower.kind === 'reduce' && lower.op === 'add')
    const hasSum = inputs.some((input) => summed.has(input) && !stored.has(input))
    for (const output of outputs) if (hasSum || (isSum && isFloat(output.type.dtype))) summed.add(output)
  }
  return summed
}
