import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import type { Meeting } from './compared.ts'
import { type Consumers, kindOf } from './consumers.ts'
import { pairForm } from './pair-form.ts'
import { type Pairing, takesGreatest } from './pairing.ts'

/**
 * Inner products of more terms, and sums with more columns, are rather stored than computed again where they are used.
 */
const longestInner = 256
const mostColumns = 256

/**
 * Values of one shape with an element for each pair of a row and a term, computed with each other: the scores of
 * attention, their powers, and the gradients of both.
 */
export interface Pairs {
  readonly shape: readonly number[]
  /** How many axes come first that pairs have in common, and how many then number the rows. */
  readonly batch: number
  readonly rows: number
}

/** What a sum over pairs is over: for each row all terms, or the other way around. */
export interface PairsOver {
  readonly pairs: Pairs
  readonly over: 'terms' | 'rows'
}

/** What finds values of at least so many pairs. */
export const pairing =
  (fewest: number): Pairing =>
  (graph, consumers, meetings) => {
    const pairs = pairsIn(graph, consumers, fewest, meetings)
    return { has: (value) => pairs.has(value), sumOver: (equation) => sumOver(equation, pairs), form: pairForm }
  }

/**
 * The values over at least so many pairs that need no memory: made of inner products by elementwise operations, softmax
 * among them, and used in sums alone, so that blocks of them can be computed where those are (Dao et al. 2022,
 * FlashAttention).
 */
function pairsIn(
  graph: Graph,
  consumers: Consumers,
  fewest: number,
  meetings: readonly Meeting[],
): ReadonlyMap<Value, Pairs> {
  const roots = new Map<Value, Pairs>()
  for (const equation of graph.equations) {
    const pairs = innerProducts(equation, consumers, fewest)
    if (pairs) roots.set(equation.outputs[0]!, pairs)
  }
  // Other products are none of pairs, and what they are multiplied by may be.
  const { values, normed } = computedFrom(graph, roots, meetings)
  const likely = [...roots].filter(([value]) => normed.has(values.get(value)!))
  if (likely.length === 0) return new Map()
  const found = computedFrom(graph, new Map(likely), meetings)
  return new Map([...found.values].filter(([, pairs]) => found.normed.has(pairs) && !found.refused.has(pairs)))
}

/**
 * What is computed from some inner products by elementwise operations: values that meet are of the same pairs.
 * `normed`: the greatest of each row is taken; `refused`: they are used otherwise than in sums over pairs, or compared
 * with themselves.
 */
function computedFrom(graph: Graph, roots: ReadonlyMap<Value, Pairs>, meetings: readonly Meeting[]) {
  const found = new Map<Value, Pairs>()
  const joined = new Map<Pairs, Pairs>()
  const groupOf = (pairs: Pairs): Pairs => {
    const next = joined.get(pairs)
    return next ? groupOf(next) : pairs
  }
  const refused: Pairs[] = []
  const normed: Pairs[] = []
  for (const equation of graph.equations) {
    const { inputs, outputs } = equation
    const from = [...new Set(inputs.flatMap((input) => found.get(input) ?? []).map(groupOf))]
    const [first, ...others] = from
    if (kindOf(equation) === 'map' && first) {
      for (const other of others) {
        if (other.batch !== first.batch || other.rows !== first.rows) refused.push(first)
        joined.set(other, first)
      }
      for (const output of outputs) found.set(output, first)
      continue
    }
    if (first && (others.length > 0 || !sumOver(equation, found))) refused.push(...from)
    if (first && takesGreatest(equation)) normed.push(first)
    const root = roots.get(outputs[0]!)
    if (root) found.set(outputs[0]!, root)
  }
  const leaving = new Set([...graph.outputs, ...meetings.map(({ value }) => value)])
  for (const [value, pairs] of found) if (leaving.has(value)) refused.push(pairs)
  return {
    values: new Map([...found].map(([value, pairs]) => [value, groupOf(pairs)])),
    refused: new Set(refused.map(groupOf)),
    normed: new Set(normed.map(groupOf)),
  }
}

/** What an equation sums over, if it is a sum over pairs and they are used in no other way. */
function sumOver(equation: Equation, pairs: ReadonlyMap<Value, Pairs>): PairsOver | undefined {
  const { primitive, params, inputs } = equation
  const { lower } = primitive
  const sides = inputs.flatMap((input, side) => (pairs.has(input) ? [side] : []))
  const [side] = sides
  if (side === undefined || sides.length > 1) return undefined
  const of = pairs.get(inputs[side]!)!
  const { shape, batch, rows } = of
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
  const [leading, lines, terms] = [range(0, batch), range(batch, batch + rows), range(batch + rows, shape.length)]
  const same = (axes: readonly number[], wanted: readonly number[]) =>
    axes.length === wanted.length && wanted.every((axis) => axes.includes(axis))
  if (lower.kind === 'reduce') return same(lower.axes(params), terms) ? { pairs: of, over: 'terms' } : undefined
  if (lower.kind !== 'contract') return undefined
  const { batch: shared, contract } = lower.dims(params)
  const axesOf = (list: readonly (readonly [number, number])[]) => list.map((axes) => axes[side]!)
  if (!same(axesOf(shared), leading)) return undefined
  const other = inputs[1 - side]!.type.shape
  const columns = sizeOf(other) / [...shared, ...contract].reduce((n, axes) => n * other[axes[1 - side]!]!, 1)
  if (!(columns <= mostColumns)) return undefined
  return same(axesOf(contract), terms)
    ? { pairs: of, over: 'terms' }
    : same(axesOf(contract), lines)
      ? { pairs: of, over: 'rows' }
      : undefined
}

function innerProducts(
  { primitive, params, inputs, outputs }: Equation,
  consumers: Consumers,
  fewest: number,
): Pairs | undefined {
  const { lower } = primitive
  if (lower.kind !== 'contract') return undefined
  const [output] = outputs as [Value]
  const { shape } = output.type
  const { batch, contract } = lower.dims(params)
  const [a] = inputs as [Value]
  const length = contract.reduce((n, [axis]) => n * a.type.shape[axis]!, 1)
  if (sizeOf(shape) < fewest || length < 2 || length > longestInner || !consumers.has(output)) return undefined
  const rows = a.type.shape.length - batch.length - contract.length
  const extents = [shape.slice(batch.length, batch.length + rows), shape.slice(batch.length + rows)].map(sizeOf)
  return extents.every((extent) => extent > 1) ? { shape, batch: batch.length, rows } : undefined
}
