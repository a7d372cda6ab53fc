import { type Equation, type Graph, sameShape, type Value } from '../ir/graph.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import { Scalars } from '../kernel/scalars.ts'
import { elements, flatten, isVariable, loopOver, producersOf, scalarOf } from './element.ts'
import { isAnchor, kindOf, storedValues } from './stored.ts'

/** A graph as loop nests: what each computes is decided, how it is computed is not. */
export interface Fused {
  readonly scalars: Scalars
  /** What has memory: the graph's inputs, then what the nests store. Slots in the nests' loads are positions in this list. */
  readonly tensors: readonly Value[]
  readonly nests: readonly FusedNest[]
}

/**
 * For every point of the axes: store each value at its index. Values are pure expressions with a `Reduce` for each inner loop; all stores of a nest are of one shape.
 */
export interface FusedNest {
  readonly name: string
  readonly axes: readonly Variable[]
  readonly stores: readonly FusedStore[]
  /** The equations computed in this nest, in the graph's order. */
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
}

export function fuse(graph: Graph): Fused {
  const stored = storedValues(graph)
  const groups = groupValues(graph, stored)
  const needed = neededStores(graph, stored, groups)

  const s = new Scalars()
  const producers = producersOf(graph)
  const tensors = [...graph.inputs, ...graph.equations.flatMap(({ outputs }) => outputs.filter((o) => needed.has(o)))]
  const slots = new Map(tensors.map((value, slot) => [value, slot]))
  const nests: FusedNest[] = []
  for (const group of new Set(groups.values())) {
    const own = new Set(group.values)
    const values = group.values.filter((value) => needed.has(value))
    if (values.length === 0) continue
    const load = (value: Value, index: readonly Expr[]) => {
      const slot = own.has(value) ? undefined : slots.get(value)
      return slot === undefined ? undefined : s.load(slot, scalarOf(value), flatten(s, value.type.shape, index))
    }
    const element = elements(s, producers, load)
    const index = group.shape.map((extent, axis) => loopOver(s, 'ijklmnop'[axis] ?? 'i', extent))
    const flat = flatten(s, group.shape, index)
    const stores = values.map((value) => ({ tensor: slots.get(value)!, index: flat, value: element(value, index) }))
    const name = values.map((value) => value.name).at(-1)!
    nests.push({ name, axes: index.filter(isVariable), stores, computes: computedIn(graph, values, stored, own) })
  }
  return { scalars: s, tensors, nests }
}

/** Puts each stored value into a nest: where possible into one that computes an operand of it at the same index. */
function groupValues(graph: Graph, stored: ReadonlySet<Value>): ReadonlyMap<Value, Group> {
  const leavesOf = leafFinder(graph, stored)
  const groups = new Map<Value, Group>()
  for (const equation of graph.equations) {
    for (const value of equation.outputs) {
      if (!stored.has(value)) continue
      const { leaves, sums } = leavesOf(value)
      const joins = (group: Group) =>
        sameShape(group.shape, value.type.shape) &&
        [...leaves].every(([leaf, aligned]) => {
          const of = groups.get(leaf)
          return of === undefined || (of === group ? aligned : !reaches(of, group))
        })
      const candidates = [...leaves.keys()].map((leaf) => groups.get(leaf)).filter((group) => group !== undefined)
      const group = (sums ? undefined : candidates.reverse().find(joins)) ?? newGroup(value)
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

const newGroup = (value: Value): Group => ({ shape: value.type.shape, values: [], after: new Set() })

/** Whether `group` is or must run after `earlier`. */
function reaches(group: Group, earlier: Group, seen = new Set<Group>()): boolean {
  if (group === earlier) return true
  seen.add(group)
  return [...group.after].some((before) => !seen.has(before) && reaches(before, earlier, seen))
}

/** The stored values and inputs that a value is computed from, each with whether only elements at the value's own index are read; and whether a sum is on the way. */
function leafFinder(graph: Graph, stored: ReadonlySet<Value>) {
  const producers = producersOf(graph)
  return (value: Value): { leaves: ReadonlyMap<Value, boolean>; sums: boolean } => {
    const leaves = new Map<Value, boolean>()
    const seen = new Map<Value, boolean>()
    let sums = false
    const visit = (at: Value, aligned: boolean) => {
      // A value may be reached both ways; what is reached unaligned once stays so.
      const before = seen.get(at)
      if (before === aligned || before === false) return
      seen.set(at, aligned)
      const equation = producers.get(at)
      if (at !== value && (!equation || stored.has(at))) {
        leaves.set(at, aligned && leaves.get(at) !== false)
        return
      }
      if (!equation) return
      if (isAnchor(equation)) sums = true
      for (const input of equation.inputs) visit(input, aligned && kindOf(equation) === 'map')
    }
    visit(value, true)
    return { leaves, sums }
  }
}

/** The stored values that somebody reads: outputs, and what a nest needs from another. */
function neededStores(graph: Graph, stored: ReadonlySet<Value>, groups: ReadonlyMap<Value, Group>): ReadonlySet<Value> {
  const leavesOf = leafFinder(graph, stored)
  const needed = new Set<Value>()
  const visited = new Set<Value>()
  const compute = (value: Value) => {
    if (visited.has(value)) return
    visited.add(value)
    for (const leaf of leavesOf(value).leaves.keys()) {
      if (!groups.has(leaf)) continue
      if (groups.get(leaf) !== groups.get(value)) needed.add(leaf)
      compute(leaf)
    }
  }
  for (const output of graph.outputs) {
    if (!groups.has(output)) continue
    needed.add(output)
    compute(output)
  }
  return needed
}

/** The equations behind values that one nest computes, in the graph's order. */
function computedIn(
  graph: Graph,
  values: readonly Value[],
  stored: ReadonlySet<Value>,
  own: ReadonlySet<Value>,
): readonly Equation[] {
  const producers = producersOf(graph)
  const inside = new Set<Equation>()
  const visit = (value: Value) => {
    const equation = producers.get(value)
    if (!equation || inside.has(equation) || (stored.has(value) && !own.has(value))) return
    inside.add(equation)
    for (const input of equation.inputs) visit(input)
  }
  for (const value of values) visit(value)
  return graph.equations.filter((equation) => inside.has(equation))
}
