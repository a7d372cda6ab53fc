import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { type Consumers, consumersOf, isAnchor, isLoop, kindOf } from './consumers.ts'
import { producersOf } from './element.ts'
import type { Pairing, PairValues } from './pairing.ts'
import type { Reason, Reasons } from './reason.ts'
import type { Rows } from './rows.ts'
import { withShortChains } from './short.ts'
import { withSums } from './sums.ts'

/** Operations an element that are rather done again than stored and read back ... */
const worthRepeating = 32
/** ... as they are, whatever an element costs, where all of them together are fewer than this. */
const worthRepeatingInAll = 2 ** 18
/**
 * The limit for values of a few elements, in operations: a loop computes them before it starts, and storing them could
 * cost a kernel.
 */
const worthRepeatingSmall = 2000
const small = 16
/**
 * Reads of a tensor that several nests rather do each than that it is written, and read by each, in place of what it is
 * made of.
 */
const worthReadingAgain = 2
/** Operations that an expensive function counts as, unless it could be stored beside what it is computed from. */
export const costly = 8
/** How many neighbours share an operand's element in a tile of a contraction. */
const tile = 8

/**
 * Chooses the values that get memory; all others are computed inside the loops of what consumes them.
 *
 * - What leaves the graph.
 * - The end of what can follow a reduction or contraction in its own loop (bias, activation): nothing else could
 *   compute it without doing the sum again. A sum that only another sum consumes stays inside that one, and a sum over
 *   rows inside what uses it row by row (`rows.ts`).
 * - Values that would otherwise be computed many times over, as operands of a contraction or in several nests, where
 *   that is more work than storing them.
 * - Values that are compared with themselves, where they could come out otherwise when they are computed again
 *   (`compared.ts`).
 * - What goes into a loop and comes out of it.
 * - A value here and there in chains that would be too long for one expression.
 *
 * Values for pairs of a row and a term, of which sums are made (`pairing.ts`), are none of these.
 *
 * `expensive` says how many operations a function that is expensive counts as where it could be stored beside what it
 * is computed from, which depends on the machine. Sums may be split and row values doubled for all this: the graph that
 * comes out computes what the given one does. `reasons` says why each is stored.
 */
export function storedValues(
  whole: Graph,
  pairing: Pairing,
  expensive: number,
): {
  readonly graph: Graph
  readonly stored: ReadonlySet<Value>
  readonly pairs: PairValues
  readonly reasons: Reasons
} {
  const { graph, stored: needed, rows, pairs, reasons: known } = withSums(whole, pairing)
  const reasons = new Map(known)
  const given = { graph, consumers: consumersOf(graph), producers: producersOf(graph), rows, pairs, expensive }
  // What a value costs depends on what before it is stored, and how often it is computed on what is stored after it: a
  // first choice, then one that knows the first.
  const first = withRepeated(given, needed, needed, 'outside rows', new Map())
  const second = withRepeated(given, needed, first, 'outside rows', reasons)
  // What is in a row is computed from what is stored before rows are formed.
  const third = withRepeated(given, second, second, 'in rows', new Map())
  const fourth = withRepeated(given, second, third, 'in rows', reasons)
  return { graph, stored: withShortChains(graph, fourth, rows, pairs, reasons), pairs, reasons }
}

/** Operations and loads behind one element of each value, of what is not stored; what is used twice counts twice. */
function workOf(given: Given, stored: ReadonlySet<Value>): ReadonlyMap<Value, number> {
  const { graph, expensive } = given
  const work = new Map<Value, number>()
  const beside = besideStored(given, stored)
  const most = 2 ** 40
  for (const equation of graph.equations) {
    const { inputs, outputs, params, primitive } = equation
    const below = inputs.reduce((sum, input) => sum + (stored.has(input) ? 1 : (work.get(input) ?? 1)), 0)
    for (const output of outputs) {
      // A sum is computed once where it stands, whoever needs it.
      if (isAnchor(equation) || isLoop(equation)) {
        work.set(output, 1)
        continue
      }
      const types = [inputs, outputs].map((values) => values.map((value) => value.type))
      const own = primitive.cost(types[0]!, types[1]!, params) / Math.max(1, sizeOf(output.type.shape))
      const { lower } = primitive
      const least = lower.kind === 'map' ? (lower.expensive ? (beside.has(output) ? expensive : costly) : 1) : 0
      work.set(output, Math.min(most, below + (lower.kind === 'map' ? Math.max(least, own) : 0)))
    }
  }
  return work
}

/**
 * What the loop that computes a stored value can compute, too, since nothing else that has sums in it is behind it. To
 * store that as well costs no loop, only that it is written.
 */
function besideStored({ graph }: Given, stored: ReadonlySet<Value>): ReadonlySet<Value> {
  const beside = new Set<Value>()
  /**
   * The one stored value behind each, at the same index; 'other' where there are several, or it has been moved or added
   * up. What has none comes from the graph's inputs alone.
   */
  const behind = new Map<Value, Value | 'other'>()
  for (const equation of graph.equations) {
    let root: Value | 'other' | undefined = isAnchor(equation) || isLoop(equation) ? 'other' : undefined
    for (const input of equation.inputs) {
      const own = behind.get(input)
      if (own !== undefined && own !== root) root = root === undefined && kindOf(equation) === 'map' ? own : 'other'
    }
    for (const output of equation.outputs) {
      if (root !== undefined && root !== 'other') {
        beside.add(output)
        behind.set(output, root)
      } else if (stored.has(output)) behind.set(output, output)
      else if (root) behind.set(output, root)
    }
  }
  return beside
}

/** A graph, and what is known of it. */
interface Given {
  readonly graph: Graph
  readonly consumers: Consumers
  readonly producers: ReadonlyMap<Value, Equation>
  readonly rows: ReadonlyMap<Value, Rows>
  readonly pairs: PairValues
  /** Operations that an expensive function counts as where it could be stored beside what it is computed from. */
  readonly expensive: number
}

/**
 * `needed`, and those elementwise values that are too much work, or too many reads, to do as often as they are used,
 * where `before` is what is read for them.
 */
function withRepeated(
  given: Given,
  needed: ReadonlySet<Value>,
  before: ReadonlySet<Value>,
  which: 'in rows' | 'outside rows',
  reasons: Map<Value, Reason>,
): ReadonlySet<Value> {
  const { graph, consumers, producers, rows, pairs } = given
  const work = workOf(given, before)
  const stored = new Set(needed)
  const times = new Map<Value, Times>()
  for (const equation of graph.equations.toReversed()) {
    for (const output of equation.outputs) {
      const often = timesComputed(output, consumers, stored, rows, times)
      times.set(output, often)
      if (kindOf(equation) !== 'map' || stored.has(output) || pairs.has(output)) continue
      const inRows = rows.get(output)
      if ((inRows !== undefined) !== (which === 'in rows')) continue
      const more = inRows ? readAgain(output, producers, before) : 0
      if (more * (often.size - 1) > worthReadingAgain) {
        stored.add(output)
        reasons.set(output, { kind: 'reads', tensors: more + 1, users: often.size })
        continue
      }
      if (inRows?.rows === sizeOf(output.type.shape)) continue
      let total = 0
      for (const factor of often.values()) total += factor
      // Read back, an element is a load.
      const repeated = (total - 1) * (work.get(output)! - 1)
      const size = sizeOf(output.type.shape)
      const many = size <= small ? worthRepeatingSmall : Math.max(worthRepeating, worthRepeatingInAll / size)
      if (repeated <= many) continue
      stored.add(output)
      const [most] = [...often].reduce((a, b) => (b[1] > a[1] ? b : a))
      const operations = work.get(output)!
      reasons.set(output, { kind: 'repeated', times: total, operations, users: often.size, most })
    }
  }
  return stored
}

/** The loads of a value's size beyond one for which an element of it stands. */
function readAgain(value: Value, producers: ReadonlyMap<Value, Equation>, stored: ReadonlySet<Value>): number {
  const least = sizeOf(value.type.shape) / 2
  const seen = new Set<Value>()
  let loads = 0
  const visit = (at: Value): void => {
    if (seen.has(at)) return
    seen.add(at)
    const equation = producers.get(at)
    if (!equation || stored.has(at)) loads += Number(sizeOf(at.type.shape) >= least)
    else equation.inputs.forEach(visit)
  }
  visit(value)
  return Math.max(0, loads - 1)
}

/** By the sum or stored value that needs it. */
type Times = ReadonlyMap<Equation | Value, number>

/**
 * How often an element of a value is computed, for each sum or stored value that needs it; what comes after it has been
 * decided.
 */
function timesComputed(
  value: Value,
  consumers: Consumers,
  stored: ReadonlySet<Value>,
  rows: ReadonlyMap<Value, Rows>,
  known: ReadonlyMap<Value, Times>,
): Times {
  const times = new Map<Equation | Value, number>()
  const add = (sink: Equation | Value, factor: number) => times.set(sink, Math.max(times.get(sink) ?? 0, factor))
  const inRows = rows.get(value)
  for (const equation of consumers.get(value) ?? []) {
    // What has one element a row is computed once for it, and what has several is at hand where another sum goes over
    // the row.
    const alongRows = inRows !== undefined && equation.outputs.some((output) => rows.has(output))
    const once = alongRows && (isAnchor(equation) || inRows.rows === sizeOf(value.type.shape))
    const factor = once ? 1 : spread(equation, value)
    if (isAnchor(equation) && !alongRows) add(equation, factor)
    else
      for (const output of equation.outputs) {
        if (stored.has(output)) add(output, factor)
        else for (const [sink, further] of known.get(output)!) add(sink, factor * further)
      }
  }
  return times
}

/**
 * How many elements of the result each element of an operand is computed for. A broadcast scalar is computed before the
 * loop.
 */
function spread(equation: Equation, operand: Value): number {
  const size = sizeOf(operand.type.shape)
  const result = sizeOf(equation.outputs[0]!.type.shape)
  if (size <= 1) return 1
  const { lower } = equation.primitive
  if (lower.kind === 'index') return Math.max(1, result / size)
  if (lower.kind !== 'contract') return 1
  const { contract } = lower.dims(equation.params)
  const contracted = contract.reduce((n, [a]) => n * equation.inputs[0]!.type.shape[a]!, 1)
  return Math.max(1, (result * contracted) / size / tile)
}
