import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { applies } from '../ir/primitive.ts'
import { broadcast, concat, flip, pad, reduceMax, reshape, slice, sum, transpose } from '../ir/primitives/index.ts'
import type { Consumers } from './consumers.ts'
import type { PairValues } from './pairing.ts'

/** The terms of the sums of a row, and its elements, that one workgroup or one thread does by itself ... */
const longestRow = 2 ** 15
/** ... however few rows there are; with this many rows a device is busy anyway. */
const manyRows = 64
/**
 * The terms in all of a sum whose terms are sums themselves, in one loop: more are worth a kernel for the inner ones,
 * which run side by side.
 */
export const longestNested = 2 ** 14

/**
 * What the expression of a value has of reductions that are computed where they are used: once for each row, which is
 * what one workgroup does on a GPU, and one iteration on a CPU. Element e of a value of n elements belongs to row
 * floor(e rows / n), so rows are the leading axes of any shape, and a value has one element a row or several.
 */
export interface Rows {
  readonly rows: number
  readonly sums: ReadonlySet<Equation>
  /** Of one element a row: were these in memory, no reduction would be left in the expression. */
  readonly from: ReadonlySet<Value>
}

/** A value that has to be stored, since this equation reads it otherwise than row by row. */
export interface End {
  readonly value: Value
  readonly equation: Equation
  /** Whether those who could compute it again are to read it, too. */
  readonly forAll: boolean
}

export interface RowSums {
  /** Values that are not stored and whose expressions have a contraction, or a reduction that has a loop of its own. */
  readonly own: ReadonlySet<Value>
  /** For all values whose expressions have such reductions, stored or not. */
  readonly rows: ReadonlyMap<Value, Rows>
  readonly ends: readonly End[]
  /**
   * Reductions over rows and what is in a row: first those within the rows, over all axes from this one on, could be
   * done.
   */
  readonly splits: ReadonlyMap<Equation, number>
}

/**
 * Finds the reductions that can be computed row by row where they are used, given what is read from memory, and what is
 * computed for pairs.
 */
export function rowSums(graph: Graph, stored: ReadonlySet<Value>, consumers: Consumers, pairs: PairValues): RowSums {
  const leaving = new Set(graph.outputs)
  const rows = new Map<Value, Rows>()
  const own = new Set<Value>()
  const ends: End[] = []
  const splits = new Map<Equation, number>()

  for (const equation of graph.equations) {
    const { primitive, params, inputs, outputs } = equation
    const { lower } = primitive
    const isElementwise = lower.kind === 'map' || lower.kind === 'index'
    const isBehind = (input: Value) => !stored.has(input) && (rows.has(input) || own.has(input))
    // Most equations have no reductions behind them.
    if (isElementwise && !inputs.some(isBehind) && !outputs.some((output) => pairs.has(output))) continue
    const inner = [...new Set(inputs)].filter((input) => !stored.has(input))
    const end = (value: Value, forAll: boolean) => ends.push({ value, equation, forAll })
    const carried = inner.filter((input) => rows.has(input))

    if (lower.kind === 'reduce') {
      const [input] = inputs as [Value]
      const [output] = outputs as [Value]
      const within = carried.length > 0 ? rows.get(input)! : undefined
      const kept = keptRows(input.type.shape, lower.axes(params))
      const along = within && keepsRows(equation, input, within.rows) && sizeOf(output.type.shape) === within.rows
      if (within && !along) {
        const lead = leading(input.type.shape, within.rows)!
        const alone =
          sizeOf(input.type.shape) === within.rows && consumers.get(input)!.length === 1 && !leaving.has(input)
        if (alone && within.rows * termsOf(within.sums) <= longestNested) {
          if (kept !== undefined) add(output, { rows: kept, sums: [...within.sums, equation], from: [] })
          else own.add(output)
        } else if (splitsAt(equation, lead)) splits.set(equation, lead)
        else if (keepsRows(equation, input, within.rows)) for (const value of within.from) end(value, true)
        else end(input, false)
        continue
      }
      const sums = [...(within?.sums ?? []), equation]
      if (kept === undefined || inner.some((value) => own.has(value)) || !fits(kept, 1, sums)) {
        own.add(output)
        for (const value of within?.from ?? []) end(value, true)
      } else add(output, { rows: kept, sums, from: [] })
      continue
    }
    if (!isElementwise) {
      for (const value of carried) end(value, false)
      if (lower.kind === 'contract') for (const output of outputs) own.add(output)
      continue
    }
    if (outputs.some((output) => pairs.has(output))) {
      for (const input of carried) for (const value of rows.get(input)!.from) end(value, true)
      for (const output of outputs) own.add(output)
      continue
    }
    const along = carried.filter((input) => {
      const follows = keepsRows(equation, input, rows.get(input)!.rows)
      if (!follows) end(input, false)
      return follows
    })
    const withLoop = inner.filter((input) => own.has(input))
    if (along.length === 0) {
      if (withLoop.length > 0) for (const output of outputs) own.add(output)
      continue
    }
    for (const value of withLoop) end(value, true)
    const most = Math.max(...along.map((input) => rows.get(input)!.rows))
    const joined = along.map((input) => rows.get(input)!)
    const size = sizeOf(outputs[0]!.type.shape)
    const sums = [...new Set(joined.flatMap((one) => [...one.sums]))]
    const fit = fits(most, size / most, sums)
    for (const one of joined) if (!fit || one.rows !== most) for (const value of one.from) end(value, true)
    if (!fit) continue
    const from = along.flatMap((input) => (sizeOf(input.type.shape) === most ? [input] : [...rows.get(input)!.from]))
    for (const output of outputs) add(output, { rows: most, sums, from })
  }

  function add(value: Value, { rows: count, sums, from }: { rows: number; sums: Equation[]; from: Value[] }): void {
    const itself = sizeOf(value.type.shape) === count
    rows.set(value, { rows: count, sums: new Set(sums), from: new Set(itself ? [value] : from) })
  }
  return { rows, own, ends, splits }
}

const termsOf = (sums: Iterable<Equation>): number => {
  let terms = 0
  for (const { inputs, outputs } of sums) terms += sizeOf(inputs[0]!.type.shape) / sizeOf(outputs[0]!.type.shape)
  return terms
}

/** Whether so many rows, each of so many elements and with these reductions, keep a device busy. */
const fits = (rows: number, elements: number, sums: readonly Equation[]): boolean =>
  rows >= manyRows || Math.max(elements, termsOf(sums)) <= longestRow

/**
 * The number of rows that are left where axes are folded; undefined where they are not the last axes, or nothing is
 * left or folded.
 */
function keptRows(shape: readonly number[], axes: readonly number[]): number | undefined {
  const first = shape.findIndex((size, axis) => size !== 1 && axes.includes(axis))
  if (first < 0 || sizeOf(shape) === 0) return undefined
  return shape.some((size, axis) => axis > first && size !== 1 && !axes.includes(axis))
    ? undefined
    : sizeOf(shape.slice(0, first))
}

/** How many leading axes have so many elements together. */
export function leading(shape: readonly number[], rows: number): number | undefined {
  let [axis, size] = [0, 1]
  while (size !== rows && axis < shape.length) size *= shape[axis++]!
  return size === rows ? axis : undefined
}

/** Whether each row of an equation's results is made of the same row of an operand, and nothing else of it. */
export function keepsRows(equation: Equation, operand: Value, rows: number): boolean {
  const from = operand.type.shape
  const to = equation.outputs[0]!.type.shape
  const [before, after] = [leading(from, rows), leading(to, rows)]
  if (before === undefined || after === undefined) return false
  if (equation.primitive.lower.kind === 'map' || applies(equation, reshape)) return true
  const isLong = (axis: number) => from[axis] !== 1
  const leads = [...from.keys()].slice(0, before).filter(isLong)
  if (applies(equation, sum) || applies(equation, reduceMax))
    return leads.every((axis) => !equation.params.axes.includes(axis))
  if (applies(equation, broadcast))
    return leads.every((axis) => equation.params.axes[axis]! < after && to[equation.params.axes[axis]!] === from[axis])
  if (applies(equation, transpose)) {
    const first = equation.params.permutation.slice(0, after).filter(isLong)
    return first.length === leads.length && first.every((axis, i) => axis === leads[i])
  }
  if (applies(equation, slice))
    return leads.every(
      (axis) => equation.params.start[axis] === 0 && to[axis] === from[axis] && equation.params.step[axis] === 1,
    )
  if (applies(equation, flip)) return leads.every((axis) => !equation.params.axes.includes(axis))
  if (applies(equation, pad)) return leads.every((axis) => equation.params.low[axis] === 0 && to[axis] === from[axis])
  return applies(equation, concat) && leads.every((axis) => axis !== equation.params.axis)
}

/** Whether a reduction is over all axes from `lead` on, of which there are some, and over others. */
function splitsAt(equation: Equation, lead: number): boolean {
  if (!applies(equation, sum) && !applies(equation, reduceMax)) return false
  const { shape } = equation.inputs[0]!.type
  const inRow = [...shape.keys()].slice(lead)
  return (
    sizeOf(shape.slice(lead)) > 1 && inRow.every((axis) => shape[axis] === 1 || equation.params.axes.includes(axis))
  )
}
