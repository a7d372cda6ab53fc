import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { meetingsIn, metApart } from './compared.ts'
import { type Consumers, consumersOf, isLoop, kindOf } from './consumers.ts'
import { producersOf } from './element.ts'
import { endOfChain } from './end-of-chain.ts'
import type { Pairing, PairValues } from './pairing.ts'
import type { Reason, Reasons } from './reason.ts'
import { type End, longestNested, type RowSums, type Rows, rowSums } from './rows.ts'
import { withRowsApart } from './rows-apart.ts'

/** A graph, and of its values those that its outputs, loops and sums need stored. */
export interface Needed {
  readonly graph: Graph
  readonly stored: ReadonlySet<Value>
  readonly rows: ReadonlyMap<Value, Rows>
  readonly pairs: PairValues
  readonly reasons: Reasons
}

/**
 * Decides for each sum where it is computed: in a loop of its own, whose end is stored, in that of a sum that alone
 * consumes it, or row by row in whatever uses it. Values over pairs are not stored.
 */
export function withSums(graph: Graph, pairing: Pairing): Needed {
  const consumers = consumersOf(graph)
  const meetings = meetingsIn(graph)
  const pairs = pairing(graph, consumers, meetings)
  const producers = producersOf(graph)
  const outputs = new Set(graph.outputs.filter((output) => producers.has(output)))
  const stored = new Set<Value>()
  const reasons = new Map<Value, Reason>()
  const store = (value: Value, why: Reason) => {
    stored.add(value)
    if (!reasons.has(value)) reasons.set(value, outputs.has(value) ? { kind: 'output' } : why)
  }
  for (const equation of graph.equations) {
    if (isLoop(equation)) {
      for (const input of equation.inputs) if (producers.has(input)) store(input, { kind: 'loop' })
      for (const output of equation.outputs) store(output, { kind: 'loop' })
    }
    if (kindOf(equation) !== 'contract' || pairs.has(equation.outputs[0]!)) continue
    const end = endOfChain(graph, equation.outputs[0]!, consumers, outputs)
    if (consumers.has(end)) store(end, { kind: 'sum', of: equation })
  }
  const find = () => rowSums(graph, stored, consumers, pairs)

  // A value of one element a row that is stored can be computed again by those that use it row by row.
  const again = new Set<Value>()
  let found = find()
  const isRowValue = (value: Value) => found.rows.get(value)?.rows === sizeOf(value.type.shape)
  for (const output of outputs) {
    if (isRowValue(output) && !stored.has(output)) again.add(output)
    else store(output, { kind: 'output' })
  }
  const reductions = graph.equations.filter((equation) => kindOf(equation) === 'reduce')
  const endOf = new Map(reductions.map((equation) => [equation, loopEnd(graph, equation, consumers, outputs)]))
  const keep = (values: readonly Value[], why: (value: Value) => Reason): boolean => {
    const more = values.filter((value) => !stored.has(value))
    for (const value of more) {
      store(value, why(value))
      again.delete(value)
    }
    return more.length > 0
  }
  const keepEnds = (sums: readonly Equation[]): boolean => {
    const ends = sums.flatMap((of) => {
      const end = endOf.get(of)
      return end ? [[end, of] as const] : []
    })
    const sumOf = new Map(ends)
    return keep([...sumOf.keys()], (end) => ({ kind: 'sum', of: sumOf.get(end)! }))
  }
  const readerOf = new Map<Value, Equation>()
  const misread = (value: Value): Reason => ({ kind: 'rows', reader: readerOf.get(value)! })
  const keepMet = (): boolean => {
    const apart = metApart(graph, meetings, stored, found.rows)
    const comparisons = new Map(apart.map(({ value, comparison }) => [value, comparison]))
    return keep([...comparisons.keys()], (value) => ({ kind: 'compared', in: comparisons.get(value)! }))
  }
  const settle = (): void => {
    for (;;) {
      found = find()
      const { rows, ends, own } = found
      const widened = widenedIn(rows)
      const alone = reductions.filter((equation) => !widened.has(equation))
      const ready = alone.filter(({ inputs: [input] }) => stored.has(input!) || !own.has(input!))
      if (keepEnds(ready)) continue
      for (const { value, equation } of ends) if (!readerOf.has(value)) readerOf.set(value, equation)
      const shared = new Set<Value>()
      for (const { value, forAll } of ends) if (!forAll && isRowValue(value) && !stored.has(value)) shared.add(value)
      const others = ends.filter(({ value }) => !shared.has(value))
      for (const value of shared) again.add(value)
      if (keep(independent(graph, others, rows), misread)) continue
      if (keepEnds(alone)) continue
      if (!keepMet()) break
    }
  }
  for (;;) {
    settle()
    // What was a value of each row is one of fewer, or of none, once others are stored.
    if (
      keep(
        [...again].filter((value) => !isRowValue(value)),
        misread,
      )
    )
      continue
    const apart = withRowsApart(graph, found, again)
    if (apart !== graph) return withSums(apart, pairing)
    for (const value of again) store(value, misread(value))
    again.clear()
    if (!keepMet()) return { graph, stored, rows: find().rows, pairs, reasons }
  }
}

/** The value to store for a reduction that has a loop of its own; none where it is computed in that of another. */
function loopEnd(
  graph: Graph,
  { inputs, outputs: [output] }: Equation,
  consumers: Consumers,
  outputs: ReadonlySet<Value>,
): Value | undefined {
  const end = endOfChain(graph, output!, consumers, outputs)
  const next = consumers.get(end) ?? []
  const within =
    next.length === 1 &&
    kindOf(next[0]!) === 'reduce' &&
    !outputs.has(end) &&
    sizeOf(inputs[0]!.type.shape) <= longestNested
  return next.length > 0 && !within ? end : undefined
}

/** The reductions that some value of several elements a row needs. */
function widenedIn(rows: ReadonlyMap<Value, Rows>): ReadonlySet<Equation> {
  const widened = new Set<Equation>()
  for (const [{ type }, { rows: count, sums }] of rows)
    if (sizeOf(type.shape) > count) for (const equation of sums) widened.add(equation)
  return widened
}

/**
 * The values to store for sure: those which, and whose need of it, the storing of others cannot change; at least the
 * first.
 */
function independent(graph: Graph, ends: readonly End[], rows: RowSums['rows']): readonly Value[] {
  const values = new Set(ends.map(({ value }) => value))
  if (values.size < 2) return [...values]
  /** The one of the values that an expression contains, or 'several'. */
  const contains = new Map<Value, Value | 'several'>()
  const above = (inputs: readonly Value[]): Value | 'several' | undefined => {
    let found: Value | 'several' | undefined
    for (const input of inputs) {
      const behind = contains.get(input)
      const here = values.has(input) ? (behind === undefined ? input : 'several') : behind
      if (here !== undefined) found = found === undefined || found === here ? here : 'several'
    }
    return found
  }
  for (const { inputs, outputs } of graph.equations) {
    const found = above(inputs)
    if (found === undefined) continue
    for (const output of outputs) if (rows.has(output)) contains.set(output, found)
  }
  const sure = ends.filter(({ value, equation }) => {
    const found = above(equation.inputs)
    return !contains.has(value) && (found === undefined || found === value)
  })
  if (sure.length > 0) return [...new Set(sure.map(({ value }) => value))]
  const first = graph.equations.flatMap(({ outputs }) => outputs).find((output) => values.has(output))
  return first ? [first] : []
}
