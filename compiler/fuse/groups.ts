import { type Equation, type Graph, sameShape, sizeOf, type Value } from '../ir/graph.ts'
import { isLoop } from './consumers.ts'
import { isSame, type LeafFinder, type Leaves } from './leaves.ts'
import { longestChain } from './short.ts'

/**
 * Expensive operations behind each element of a row that sums over the row rather do again than that they wait for a
 * nest that stores them.
 */
const worthRepeatingInRow = 1

/** A nest in the making. */
export interface Group {
  /** Of its values; sums of one element a row over pairs may have fewer axes, the first of these. */
  shape: readonly number[]
  readonly values: Value[]
  /** Groups whose stored values this one reads. */
  readonly after: Set<Group>
  /** Where the values are what a loop gives. */
  readonly loop: Equation | undefined
  /** How sums are done: none, in a loop of their own, or row by row for so many rows. */
  sums: 'none' | 'own' | number
  /** Whether what is read has another place than what is stored. */
  moves: boolean
  /** What its sums are over, where that is pairs. */
  over: Leaves['over']
}

/**
 * Puts each stored value into a nest: where possible into one that computes an operand of it at the same index, or,
 * with sums over rows, in the same row. Sums over the same pairs share a nest, but for those that are to be `apart`.
 */
export function groupValues(
  graph: Graph,
  stored: ReadonlySet<Value>,
  leavesOf: LeafFinder,
  apart: ReadonlySet<Value>,
): ReadonlyMap<Value, Group> {
  const groups = new Map<Value, Group>()
  /** How long a chain of equations a value ends in its nest. */
  const chains = new Map<Value, number>()
  /** And how many expensive operations. */
  const expensive = new Map<Value, number>()
  /** The nests without loops of their own that read a value of as many elements as they have points. */
  const readers = new Map<Value, Group[]>()
  const overPairs: Group[] = []
  for (const equation of graph.equations) {
    const ofLoop = isLoop(equation) ? newGroup(equation.outputs[0]!, 'none', equation) : undefined
    for (const value of equation.outputs) {
      if (!stored.has(value)) continue
      const found = leavesOf(value)
      const { leaves, sums, chain, rows, over } = found
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
      // Values beside each other could keep each other from being written over what they read. Reading a row once is
      // worth more.
      const inPlace = (group: Group) => rows !== undefined || (!group.moves && !movesIn(value, found))
      const joinsPairs = (group: Group) =>
        typeof over === 'object' &&
        typeof group.over === 'object' &&
        isSame(group.over, over) &&
        !apart.has(value) &&
        [...leaves.keys()].every((leaf) => {
          const of = groups.get(leaf)
          return of === undefined || of === group || !reaches(of, group)
        }) &&
        isWithin(group.shape, value.type.shape)
      const joined =
        sums && rows === undefined
          ? overPairs.find(joinsPairs)
          : (above.reverse().find(joins) ??
            beside.find((group) => inPlace(group) && waitsForNoMore(group, found, groups) && joins(group)))
      const group = ofLoop ?? joined ?? newGroup(value, sums ? 'own' : 'none')
      if (over && !group.over) {
        group.over = over
        if (!apart.has(value)) overPairs.push(group)
      }
      if (value.type.shape.length > group.shape.length) group.shape = value.type.shape
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
  over: undefined,
})

/** Whether one shape begins with the other. */
const isWithin = (a: readonly number[], b: readonly number[]): boolean =>
  a.slice(0, b.length).every((size, axis) => size === b[axis])

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
