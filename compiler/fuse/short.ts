import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { kindOf } from './consumers.ts'
import type { PairValues } from './pairing.ts'
import type { Reason } from './reason.ts'
import type { Rows } from './rows.ts'

/** The longest chain of equations that one expression is made of. */
export const longestChain = 200
/** The most equations that it is made of, counted as often as they are written out. */
const largestExpression = 2000

/**
 * The equations that an expression is made of, each with what it stands for: itself, and for one that reads at other
 * places all that is behind those.
 */
type Parts = ReadonlyMap<Equation, number>

/** The stored values, and others where an expression would become too long a chain, or too large. */
export function withShortChains(
  graph: Graph,
  chosen: ReadonlySet<Value>,
  rows: ReadonlyMap<Value, Rows>,
  pairs: PairValues,
  reasons: Map<Value, Reason>,
): ReadonlySet<Value> {
  const stored = new Set(chosen)
  const chains = new Map<Value, number>()
  const sizes = new Map<Value, Parts>()
  for (const equation of graph.equations) {
    const { inputs, outputs } = equation
    const computed = inputs.filter((input) => !stored.has(input))
    const chain = computed.reduce((n, input) => Math.max(n, chains.get(input) ?? 0), 0) + 1
    const parts = partsOf(equation, computed, sizes, rows)
    const size = total(parts)
    for (const output of outputs) {
      chains.set(output, chain)
      sizes.set(output, parts)
      if (pairs.has(output) || (chain < longestChain && size < largestExpression)) continue
      if (!stored.has(output)) reasons.set(output, { kind: 'long', equations: size })
      stored.add(output)
    }
  }
  return stored
}

/**
 * What an element stands for: an elementwise equation shares all that its operands have in common; others copy their
 * operands, but for what there is once for a row.
 */
function partsOf(
  equation: Equation,
  computed: readonly Value[],
  known: ReadonlyMap<Value, Parts>,
  rows: ReadonlyMap<Value, Rows>,
): Parts {
  const parts = new Map<Equation, number>()
  let own = 1
  for (const input of computed) {
    const behind = known.get(input)
    if (!behind) continue
    const shared = kindOf(equation) === 'map' || isOneARow(input, rows)
    for (const [part, size] of behind)
      if (shared || part.outputs.some((output) => isOneARow(output, rows))) parts.set(part, size)
      else own += size
  }
  return parts.set(equation, own)
}

function isOneARow(value: Value, rows: ReadonlyMap<Value, Rows>): boolean {
  return rows.get(value)?.rows === sizeOf(value.type.shape)
}

const total = (parts: Parts): number => {
  let sum = 0
  for (const size of parts.values()) sum += size
  return sum
}
