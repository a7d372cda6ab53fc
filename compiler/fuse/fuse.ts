import { type Equation, type Graph, sameShape, type Value } from '../ir/graph.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import { expressionsIn, Scalars } from '../kernel/scalars.ts'
import { elements, flatten, isVariable, producersOf, scalarOf } from './element.ts'
import { isAnchor, isLoop, kindOf, longestChain, storedValues } from './stored.ts'

/** A graph as loop nests: what each computes is decided, how it is computed is not. */
export interface Fused {
  readonly scalars: Scalars
  /** What has memory: the graph's inputs, then what the nests store. Slots in the nests' loads are positions in this list. */
  readonly tensors: readonly Value[]
  readonly nests: readonly FusedNest[]
  readonly loops: readonly FusedLoop[]
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
 * For every point of the axes: store each value at its index. Values are pure expressions with a `Reduce` for each inner loop; all stores of a nest are of one shape.
 */
export interface FusedNest {
  readonly name: string
  readonly axes: readonly Variable[]
  readonly stores: readonly FusedStore[]
  /** The tensors that are read. */
  readonly reads: ReadonlySet<number>
  /** The equations computed in this nest, in an order in which they can be. */
  readonly computes: readonly Equation[]
}

export interface FusedStore {
  readonly tensor: number
  readonly index: Expr
  readonly value: Expr
}

/** A nest in the making. */
interface Group {
  readonly shape: readonly number[]
  readonly values: Value[]
  /** Groups whose stored values this one reads. */
  readonly after: Set<Group>
  /** Where the values are what a loop gives. */
  readonly loop: Equation | undefined
}

export function fuse(graph: Graph): Fused {
  return withStored(graph, storedValues(graph))
}

function withStored(graph: Graph, stored: ReadonlySet<Value>): Fused {
  const producers = producersOf(graph)
  const leavesOf = leafFinder(producers, stored)
  const groups = groupValues(graph, stored, leavesOf)
  const needed = neededStores(graph, groups, leavesOf, producers)

  const s = new Scalars()
  const tensors = [...graph.inputs, ...graph.equations.flatMap(({ outputs }) => outputs.filter((o) => needed.has(o)))]
  const slots = new Map(tensors.map((value, slot) => [value, slot]))
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
      return slot === undefined ? undefined : s.load(slot, scalarOf(value), flatten(s, value.type.shape, index))
    }
    const element = elements(s, producers, load)
    const index = group.shape.map((extent, axis) => s.over('ijklmnop'[axis] ?? 'i', extent))
    const flat = flatten(s, group.shape, index)
    const stores = values.map((value) => ({ tensor: slots.get(value)!, index: flat, value: element(value, index) }))
    const name = values.map((value) => value.name).at(-1)!
    const computes = computedIn(values, producers, stored, own)
    nests.push({ name, axes: index.filter(isVariable), stores, reads: readBy(stores), computes })
  }
  const unread = unreadIn(graph, tensors, nests, loops)
  return unread.size === 0
    ? { scalars: s, tensors, nests, loops }
    : withStored(graph, new Set([...stored].filter((value) => !unread.has(value))))
}

/** The tensors that are read for stores. */
function readBy(stores: readonly FusedStore[]): ReadonlySet<number> {
  const reads = new Set<number>()
  for (const expr of expressionsIn(stores.map(({ value }) => value))) if (expr.kind === 'load') reads.add(expr.slot)
  return reads
}

/** Stored values that no other nest reads after all: what reads them may turn out to be a constant when it is written out. */
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

/** Puts each stored value into a nest: where possible into one that computes an operand of it at the same index. */
function groupValues(graph: Graph, stored: ReadonlySet<Value>, leavesOf: LeafFinder): ReadonlyMap<Value, Group> {
  const groups = new Map<Value, Group>()
  /** How long a chain of equations a value ends in its nest. */
  const chains = new Map<Value, number>()
  for (const equation of graph.equations) {
    const ofLoop = isLoop(equation) ? newGroup(equation.outputs[0]!, equation) : undefined
    for (const value of equation.outputs) {
      if (!stored.has(value)) continue
      const { leaves, sums, chain } = leavesOf(value)
      const chainIn = (group: Group) =>
        [...leaves.keys()].reduce((n, leaf) => (groups.get(leaf) === group ? Math.max(n, chains.get(leaf)!) : n), 0) +
        chain
      const joins = (group: Group) =>
        group.loop === undefined &&
        sameShape(group.shape, value.type.shape) &&
        chainIn(group) <= 2 * longestChain &&
        [...leaves].every(([leaf, aligned]) => {
          const of = groups.get(leaf)
          return of === undefined || (of === group ? aligned : !reaches(of, group))
        })
      const candidates = [...leaves.keys()].map((leaf) => groups.get(leaf)).filter((group) => group !== undefined)
      const group = ofLoop ?? (sums ? undefined : candidates.reverse().find(joins)) ?? newGroup(value)
      chains.set(value, chainIn(group))
      group.values.push(value)
      groups.set(value, group)
      for (const leaf of leaves.keys()) {
        const of = groups.get(leaf)
        if (of && of !== group) group.after.add(of)
      }
    }
  }
  return groups
}

const newGroup = (value: Value, loop?: Equation): Group => ({
  shape: value.type.shape,
  values: [],
  after: new Set(),
  loop,
})

/** Whether `group` is or must run after `earlier`. */
function reaches(group: Group, earlier: Group, seen = new Set<Group>()): boolean {
  if (group === earlier) return true
  seen.add(group)
  return [...group.after].some((before) => !seen.has(before) && reaches(before, earlier, seen))
}

/** What a stored value is computed from. */
interface Leaves {
  /** The stored values and inputs that are read, each with whether only elements at the value's own index are. */
  readonly leaves: ReadonlyMap<Value, boolean>
  /** Whether a sum is on the way, and how many equations follow each other at most. */
  readonly sums: boolean
  readonly chain: number
}
type LeafFinder = (value: Value) => Leaves

function leafFinder(producers: ReadonlyMap<Value, Equation>, stored: ReadonlySet<Value>): LeafFinder {
  const known = new Map<Value, Leaves>()
  const find = (value: Value): Leaves => {
    const leaves = new Map<Value, boolean>()
    const seen = new Map<Value, { aligned: boolean; chain: number }>()
    let sums = false
    /** Gives the length of the chain that ends in a value. */
    const visit = (at: Value, aligned: boolean): number => {
      // A value may be reached both ways; what is reached unaligned once stays so.
      const before = seen.get(at)
      if (before && (before.aligned === aligned || !before.aligned)) return before.chain
      const equation = producers.get(at)
      if (at !== value && (!equation || stored.has(at))) {
        leaves.set(at, aligned && leaves.get(at) !== false)
        seen.set(at, { aligned, chain: 0 })
        return 0
      }
      if (!equation) return 0
      if (isAnchor(equation)) sums = true
      let chain = 0
      for (const input of equation.inputs) chain = Math.max(chain, visit(input, aligned && kindOf(equation) === 'map'))
      seen.set(at, { aligned, chain: chain + 1 })
      return chain + 1
    }
    const chain = visit(value, true)
    return { leaves, sums, chain }
  }
  return (value) => {
    const found = known.get(value) ?? find(value)
    known.set(value, found)
    return found
  }
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
