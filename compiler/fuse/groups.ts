import { type Equation, type Graph, sameShape, sizeOf, type Value } from '../ir/graph.ts'
import { isLoop } from './consumers.ts'
import type { LeafFinder, Leaves } from './leaves.ts'
import { longestChain } from './short.ts'

/** Expensive operations behind each element of a row that sums over the row rather do again than that they wait for a nest that stores them. */
const worthRepeatingInRow = 1

/** A nest in the making. */
export interface Group {
  readonly shape: readonly number[]
  readonly values: Value[]
  /** Groups whose stored values this one reads. */
  readonly after: Set<Group>
  /** Where the values are what a loop gives. */
  readonly loop: Equation | undefined
  /** How sums are done: none, in a loop of their own, or row by row for so many rows. */
  sums: 'none' | 'own' | number
  /** Whether what is read has another place than what is stored. */
  moves: boolean
}

/** Puts each stored value into a nest: where possible into one that computes an operand of it at the same index, or, with sums over rows, in the same row. */
export function groupValues(graph: Graph, stored: ReadonlySet<Value>, leavesOf: LeafFinder): ReadonlyMap<Value, Group> {
  const groups = new Map<Value, Group>()
  /** How long a chain of equations a value ends in its nest. */
  const chains = new Map<Value, number>()
  /** And how many expensive operations. */
  const expensive = new Map<Value, number>()
  /** The nests without loops of their own that read a value of as many elements as they have points. */
  const readers = new Map<Value, Group[]>()
  for (const equation of graph.equations) {
    const ofLoop = isLoop(equation) ? newGroup(equation.outputs[0]!, 'none', equation) : undefined
    for (const value of equation.outputs) {
      if (!stored.has(value)) continue
      const found = leavesOf(value)
      const { leaves, sums, chain, rows } = found
      const chainIn = (group: Group) =>
        [...leaves.keys()].reduce((n, leaf) => (groups.get(leaf) === group ? Math.max(n, chains.get(leaf)!) : n), 0) +
        chain
      const joins = (group: Group) =>
        group.loop === undefined &&
        sameShape(group.shape, value.type.shape) &&
        (rows === undefined || group.sums === 'none' || group.sums === rows) &&
        chainIn(group) <= 2 * longestChain &&
        [...leaves].every(([leaf, alignment]) => {
          const of = groups.get(leaf)
          if (of !== group) return of === undefined || !reaches(of, group)
          const again = alignment === 'row' && rows !== undefined && expensive.get(leaf)! <= worthRepeatingInRow
          return alignment === 'element' || again
        })
      const above = [...leaves.keys()].map((leaf) => groups.get(leaf)).filter((group) => group !== undefined)
      const beside = whole(value, found).flatMap((leaf) => readers.get(leaf) ?? [])
      // Values beside each other could keep each other from being written over what they read. Reading a row once is worth more.
      const inPlace = (group: Group) => rows !== undefined || (!group.moves && !movesIn(value, found))
      const joined =
        sums && rows === undefined
          ? undefined
          : (above.reverse().find(joins) ??
            beside.find((group) => inPlace(group) && waitsForNoMore(group, found, groups) && joins(group)))
      const group = ofLoop ?? joined ?? newGroup(value, sums ? 'own' : 'none')
      if (rows !== undefined) group.sums = rows
      group.moves ||= movesIn(value, found)
      chains.set(value, chainIn(group))
      const own = [...leaves.keys()].filter((leaf) => groups.get(leaf) === group)
      expensive.set(
        value,
        own.reduce((n, leaf) => n + expensive.get(leaf)!, found.expensive),
      )
      group.values.push(value)
      groups.set(value, group)
      for (const leaf of leaves.keys()) {
        const of = groups.get(leaf)
        if (of && of !== group) group.after.add(of)
      }
      if (group.sums !== 'own' && !group.loop) for (const leaf of whole(value, found)) add(readers, leaf, group)
    }
  }
  return groups
}

/** Whether a value is computed from elements at other places than its own, of what has as many elements. */
const movesIn = (value: Value, found: Leaves): boolean =>
  whole(value, found).some((leaf) => found.leaves.get(leaf) !== 'element')

/** What is read in full: a nest that reads it, too, saves reading it. */
const whole = ({ type }: Value, { leaves }: Leaves): readonly Value[] =>
  [...leaves.keys()].filter((leaf) => sizeOf(leaf.type.shape) === sizeOf(type.shape))

function add(readers: Map<Value, Group[]>, leaf: Value, group: Group): void {
  const known = readers.get(leaf)
  if (!known) readers.set(leaf, [group])
  else if (!known.includes(group)) known.push(group)
}

const newGroup = (value: Value, sums: Group['sums'], loop?: Equation): Group => ({
  shape: value.type.shape,
  values: [],
  after: new Set(),
  loop,
  sums,
  moves: false,
})

/** Whether a nest has all that a value is computed from when it runs anyway. */
const waitsForNoMore = (group: Group, { leaves }: Leaves, groups: ReadonlyMap<Value, Group>): boolean =>
  [...leaves.keys()].every((leaf) => {
    const of = groups.get(leaf)
    return of === undefined || reaches(group, of)
  })

/** Whether `group` is or must run after `earlier`. */
function reaches(group: Group, earlier: Group, seen = new Set<Group>()): boolean {
  if (group === earlier) return true
  seen.add(group)
  return [...group.after].some((before) => !seen.has(before) && reaches(before, earlier, seen))
}
