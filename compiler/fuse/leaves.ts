import { type Equation, sizeOf, type Value } from '../ir/graph.ts'
import { isAnchor, kindOf } from './consumers.ts'
import type { PairValues } from './pairing.ts'
import type { PairsOver } from './pairs.ts'
import { keepsRows, type Rows } from './rows.ts'

/** Where elements of a value are read: only at the reader's own index, only in the row of that, or anywhere. */
export type Alignment = 'element' | 'row' | 'none'
const order: readonly Alignment[] = ['element', 'row', 'none']

/** What a stored value is computed from. */
export interface Leaves {
  /** The stored values and inputs that are read. */
  readonly leaves: ReadonlyMap<Value, Alignment>
  /** Whether a sum is on the way, and how many equations follow each other at most. */
  readonly sums: boolean
  readonly chain: number
  /** Of the operations on the way, those that are worth storing rather than doing again. */
  readonly expensive: number
  /** The number of rows, where all sums are done row by row and a row has several elements. */
  readonly rows: number | undefined
  /** What the sums are over, where that is pairs: 'several' where they do not agree. */
  readonly over: PairsOver | 'several' | undefined
}
export type LeafFinder = (value: Value) => Leaves

export function leafFinder(
  producers: ReadonlyMap<Value, Equation>,
  stored: ReadonlySet<Value>,
  rows: ReadonlyMap<Value, Rows>,
  pairs: PairValues,
): LeafFinder {
  const known = new Map<Value, Leaves>()
  const find = (value: Value): Leaves => {
    const inRows = rows.get(value)?.rows
    const count = inRows !== undefined && sizeOf(value.type.shape) > inRows ? inRows : undefined
    const leaves = new Map<Value, Alignment>()
    const seen = new Map<Value, { alignment: Alignment; chain: number }>()
    let sums = false
    const expensive = new Set<Equation>()
    const over: (PairsOver | undefined)[] = []
    const through = (equation: Equation, input: Value, alignment: Alignment): Alignment => {
      if (alignment === 'none' || kindOf(equation) === 'map') return alignment
      return count !== undefined && keepsRows(equation, input, count) ? 'row' : 'none'
    }
    /** Gives the length of the chain that ends in a value. */
    const visit = (at: Value, given: Alignment): number => {
      // A value may be reached in several ways; what is reached unaligned once stays so.
      const before = seen.get(at)
      if (before && order.indexOf(before.alignment) >= order.indexOf(given)) return before.chain
      const equation = producers.get(at)
      if (at !== value && (!equation || stored.has(at))) {
        leaves.set(at, given)
        seen.set(at, { alignment: given, chain: 0 })
        return 0
      }
      if (!equation) return 0
      if (isAnchor(equation)) sums = true
      if (isAnchor(equation) && !equation.outputs.some((output) => pairs.has(output)))
        over.push(pairs.sumOver(equation))
      const { lower } = equation.primitive
      if (lower.kind === 'map' && lower.expensive) expensive.add(equation)
      let chain = 0
      for (const input of equation.inputs) chain = Math.max(chain, visit(input, through(equation, input, given)))
      seen.set(at, { alignment: given, chain: chain + 1 })
      return chain + 1
    }
    const chain = visit(value, 'element')
    return { leaves, sums, chain, expensive: expensive.size, rows: count, over: inCommon(over) }
  }
  return (value) => {
    const found = known.get(value) ?? find(value)
    known.set(value, found)
    return found
  }
}

function inCommon(over: readonly (PairsOver | undefined)[]): Leaves['over'] {
  const first = over.find((one) => one !== undefined)
  return first && over.every((one) => one && isSame(one, first)) ? first : first && 'several'
}

export const isSame = (a: PairsOver, b: PairsOver): boolean => a.pairs === b.pairs && a.over === b.over
