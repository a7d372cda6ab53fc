import type { Equation, Graph, Value } from '../ir/graph.ts'
import { scalarOf } from '../ir/primitives/type-rule.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import { asHalf } from '../kernel/functions/as-half.ts'
import { expressionsIn, Scalars } from '../kernel/scalars.ts'
import { consumersOf, isLoop } from './consumers.ts'
import { elements, flatten, isVariable, producersOf } from './element.ts'
import { type Group, groupValues } from './groups.ts'
import { withKeptProducts } from './kept-products.ts'
import { type LeafFinder, leafFinder } from './leaves.ts'
import type { PairForm } from './pair-form.ts'
import { noPairs, type PairValues } from './pairing.ts'
import type { Reasons } from './reason.ts'
import { rowSums } from './rows.ts'
import { costly, storedValues } from './stored.ts'

/** A graph as loop nests: what each computes is decided, how it is computed is not. */
export interface Fused {
  readonly scalars: Scalars
  /**
   * What has memory: the graph's inputs, then what the nests store. Slots in the nests' loads are positions in this
   * list.
   */
  readonly tensors: readonly Value[]
  readonly nests: readonly FusedNest[]
  readonly loops: readonly FusedLoop[]
  /** Why each tensor that the nests and loops write has memory. */
  readonly reasons: Reasons
}

/** An equation that runs a graph for many turns. */
export interface FusedLoop {
  readonly name: string
  readonly equation: Equation
  /** The tensors of the equation's inputs and outputs. */
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/**
 * For every point of the axes: store each value at its index. Values are pure expressions with a `Reduce` for each
 * inner loop; all stores of a nest are of one shape, but for sums of one element a row over pairs, which are at one
 * index for all points of a row.
 */
export interface FusedNest {
  readonly name: string
  readonly axes: readonly Variable[]
  readonly stores: readonly FusedStore[]
  /** The tensors that are read. */
  readonly reads: ReadonlySet<number>
  /** The equations computed in this nest, in an order in which they can be. */
  readonly computes: readonly Equation[]
  /** Where its sums are over pairs that no nest stores. */
  readonly pairs?: PairForm
}

export interface FusedStore {
  readonly tensor: number
  readonly index: Expr
  readonly value: Expr
}

/**
 * Of values for pairs of a row and a term, where they are looked for, sums are made without storing them if that is
 * possible. `expensive`: operations that an expensive function counts as where it could be stored
 * (`Machine.expensive`).
 */
export function fuse(given: Graph, pairing = noPairs, expensive = costly): Fused {
  const whole = expensive > costly ? withKeptProducts(given) : given
  const { graph, stored, pairs, reasons } = storedValues(whole, pairing, expensive)
  return withStored({ graph, pairs, reasons }, stored, new Set()) ?? fuse(given, noPairs, expensive)
}

interface Chosen {
  readonly graph: Graph
  readonly pairs: PairValues
  readonly reasons: Reasons
}

/**
 * `apart`: sums over pairs that share no nest with others. Undefined where there is a nest over pairs that would have
 * to store them.
 */
function withStored(chosen: Chosen, stored: ReadonlySet<Value>, apart: ReadonlySet<Value>): Fused | undefined {
  const { graph, pairs, reasons } = chosen
  const producers = producersOf(graph)
  const { rows } = rowSums(graph, stored, consumersOf(graph), pairs)
  const leavesOf = leafFinder(producers, stored, rows, pairs)
  const groups = groupValues(graph, stored, leavesOf, apart)
  const needed = neededStores(graph, groups, leavesOf, producers)

  const s = new Scalars()
  const tensors = [...graph.inputs, ...graph.equations.flatMap(({ outputs }) => outputs.filter((o) => needed.has(o)))]
  const slots = new Map(tensors.map((value, slot) => [value, slot]))
  const isHalf = (slot: number): boolean => tensors[slot]!.type.dtype === 'f16'
  const nests: FusedNest[] = []
  const loops: FusedLoop[] = []
  for (const group of new Set(groups.values())) {
    if (group.loop) {
      const slotsOf = (list: readonly Value[]) => list.map((value) => slots.get(value)!)
      const { inputs, outputs } = group.loop
      const name = outputs[0]!.name
      loops.push({ name, equation: group.loop, inputs: slotsOf(inputs), outputs: slotsOf(outputs) })
      continue
    }
    const own = new Set(group.values)
    const values = group.values.filter((value) => needed.has(value))
    if (values.length === 0) continue
    const load = (value: Value, index: readonly Expr[]) => {
      const slot = own.has(value) ? undefined : slots.get(value)
      return slot === undefined
        ? undefined
        : s.load(slot, scalarOf(value.type.dtype), flatten(s, value.type.shape, index))
    }
    const element = elements(s, producers, load)
    const index = group.shape.map((extent, axis) => s.over('ijklmnop'[axis] ?? 'i', extent))
    const stores = values.map((value) => {
      const { shape } = value.type
      const at = index.slice(0, shape.length)
      const computed = element(value, at)
      const stored = value.type.dtype === 'f16' ? asHalf(s, computed, isHalf) : computed
      return { tensor: slots.get(value)!, index: flatten(s, shape, at), value: stored }
    })
    const name = values.map((value) => value.name).at(-1)!
    const computes = computedIn(values, producers, stored, own)
    const axes = index.filter(isVariable)
    const nest: FusedNest = { name, axes, stores, reads: readBy(stores), computes }
    if (!group.over) nests.push(nest)
    else {
      const form = pairs.form(s, axes, stores)
      if (form) nests.push({ ...nest, pairs: form })
      else if (values.every((value) => apart.has(value))) return undefined
      else return withStored(chosen, stored, new Set([...apart, ...values]))
    }
  }
  const unread = unreadIn(graph, tensors, nests, loops)
  return unread.size === 0
    ? { scalars: s, tensors, nests, loops, reasons }
    : withStored(chosen, new Set([...stored].filter((value) => !unread.has(value))), apart)
}

/** The tensors that are read for stores. */
function readBy(stores: readonly FusedStore[]): ReadonlySet<number> {
  const reads = new Set<number>()
  for (const expr of expressionsIn(stores.map(({ value }) => value))) if (expr.kind === 'load') reads.add(expr.slot)
  return reads
}

/**
 * Stored values that no other nest reads after all: what reads them may turn out to be a constant when it is written
 * out.
 */
function unreadIn(
  graph: Graph,
  tensors: readonly Value[],
  nests: readonly FusedNest[],
  loops: readonly FusedLoop[],
): ReadonlySet<Value> {
  const read = new Set([...loops.flatMap(({ inputs }) => inputs), ...nests.flatMap(({ reads }) => [...reads])])
  const outputs = new Set(graph.outputs)
  const made = nests.flatMap(({ stores }) => stores.map(({ tensor }) => tensor))
  return new Set(
    made
      .filter((tensor) => !read.has(tensor))
      .map((tensor) => tensors[tensor]!)
      .filter((value) => !outputs.has(value)),
  )
}

/** The stored values that somebody reads: outputs, and what a nest needs from another. */
function neededStores(
  graph: Graph,
  groups: ReadonlyMap<Value, Group>,
  leavesOf: LeafFinder,
  producers: ReadonlyMap<Value, Equation>,
): ReadonlySet<Value> {
  const needed = new Set<Value>()
  const visited = new Set<Value>()
  const open = graph.outputs.filter((output) => groups.has(output))
  for (const output of open) needed.add(output)
  for (let value = open.pop(); value; value = open.pop()) {
    if (visited.has(value)) continue
    visited.add(value)
    const maker = producers.get(value)
    // A loop writes all of its results, read or not.
    if (maker && isLoop(maker)) for (const output of maker.outputs) needed.add(output)
    for (const leaf of leavesOf(value).leaves.keys()) {
      if (!groups.has(leaf)) continue
      if (groups.get(leaf) !== groups.get(value)) needed.add(leaf)
      open.push(leaf)
    }
  }
  return needed
}

/** The equations behind values that one nest computes, operands first. */
function computedIn(
  values: readonly Value[],
  producers: ReadonlyMap<Value, Equation>,
  stored: ReadonlySet<Value>,
  own: ReadonlySet<Value>,
): readonly Equation[] {
  const inside = new Set<Equation>()
  const visit = (value: Value) => {
    const equation = producers.get(value)
    if (!equation || inside.has(equation) || (stored.has(value) && !own.has(value))) return
    for (const input of equation.inputs) visit(input)
    inside.add(equation)
  }
  for (const value of values) visit(value)
  return [...inside]
}
