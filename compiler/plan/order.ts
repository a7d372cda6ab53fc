import type { Fused, FusedNest } from '../fuse/fuse.ts'
import { sizeOf, type Value } from '../ir/graph.ts'
import type { Expr, Load } from '../kernel/expr.ts'
import { expressionsIn } from '../kernel/scalars.ts'

/** The nests in an order in which they can run, and what shares memory. */
export interface Ordered {
  /** Nests that do not depend on each other, to be run side by side; each list after the one before. */
  readonly steps: readonly (readonly FusedNest[])[]
  /** As in `Fused`, with copies for what has to come out at a place of its own. */
  readonly tensors: readonly Value[]
  /** For a tensor that is written over an input: that input. */
  readonly home: ReadonlyMap<number, number>
  /** The tensor of each output of the graph. */
  readonly outputs: readonly number[]
}

/**
 * Orders the nests by what they need. State is written in place where the nest that makes the new value reads the old one only at the element that it writes, and where everything else that reads
 * the old one can run before; otherwise the new value is copied over the old one at the end.
 *
 * `donated[i]` is the input (a position in the graph's inputs) whose memory output i takes over.
 */
export function order(fused: Fused, outputs: readonly Value[], donated: readonly (number | undefined)[]): Ordered {
  const { scalars: s } = fused
  const tensors = [...fused.tensors]
  const nests = [...fused.nests]
  const home = new Map<number, number>()
  const numberOf = new Map(tensors.map((value, tensor) => [value, tensor]))
  const writers = new Map<number, FusedNest>()
  const reads = new Map<FusedNest, ReadonlySet<number>>()
  /** What has to run before a nest beside what it reads: readers of the memory that it overwrites. */
  const before = new Map<FusedNest, Set<FusedNest>>()
  const enter = (nest: FusedNest) => {
    for (const { tensor } of nest.stores) writers.set(tensor, nest)
    reads.set(nest, new Set(loadsIn(nest).map((load) => load.slot)))
    before.set(nest, new Set())
  }
  for (const nest of nests) enter(nest)

  const predecessors = (nest: FusedNest): FusedNest[] => [
    ...before.get(nest)!,
    ...[...reads.get(nest)!].flatMap((tensor) => writers.get(tensor) ?? []).filter((writer) => writer !== nest),
  ]
  const runsAfter = (nest: FusedNest, earlier: FusedNest, seen = new Set<FusedNest>()): boolean => {
    if (nest === earlier) return true
    if (seen.has(nest)) return false
    seen.add(nest)
    return predecessors(nest).some((other) => runsAfter(other, earlier, seen))
  }
  const readersOf = (tensor: number) => nests.filter((nest) => reads.get(nest)!.has(tensor))
  const addTensor = (like: Value): number => tensors.push({ ...like }) - 1
  const copy = (from: number, to: number): FusedNest => {
    const { type, name } = tensors[from]!
    const size = sizeOf(type.shape)
    const axes = size === 1 ? [] : [s.loop('i', size)]
    const index = axes[0] ?? s.index(0)
    const value = s.load(from, type.dtype as Expr['dtype'], index)
    const nest = { name: `copy ${name}`, axes, stores: [{ tensor: to, index, value }], computes: [] }
    nests.push(nest)
    enter(nest)
    return nest
  }

  const overwrite = (input: number, from: number) => {
    const writer = writers.get(from)!
    const others = readersOf(input).filter((nest) => nest !== writer)
    const inPlace =
      !home.has(from) &&
      readsOnlyWhatItWrites(writer, input, from) &&
      !others.some((reader) => runsAfter(reader, writer))
    if (inPlace) {
      home.set(from, input)
      for (const reader of others) before.get(writer)!.add(reader)
      return from
    }
    const target = addTensor(tensors[input]!)
    const nest = copy(from, target)
    home.set(target, input)
    for (const reader of readersOf(input)) if (reader !== nest) before.get(nest)!.add(reader)
    return target
  }

  // An input that comes out again, but at another place, is copied, and before anything is overwritten.
  const made = outputs.map((output, i) => {
    const from = numberOf.get(output)!
    if (writers.has(from) || from === donated[i]) return from
    const copied = addTensor(tensors[from]!)
    copy(from, copied)
    return copied
  })
  const results = [...made]
  const taken = new Set<number>()
  for (const [i, input] of donated.entries()) {
    if (input === undefined) continue
    if (made[i] !== input) results[i] = overwrite(input, made[i]!)
    taken.add(results[i]!)
  }
  for (const [i, from] of made.entries()) {
    if (donated[i] !== undefined) continue
    if (taken.has(from)) {
      results[i] = addTensor(tensors[from]!)
      copy(from, results[i]!)
    }
    taken.add(results[i]!)
  }
  return { steps: levels(nests, predecessors), tensors, home, outputs: results }
}

/** Each nest as early as what it needs allows; nests of one level run side by side. */
function levels(
  nests: readonly FusedNest[],
  predecessors: (nest: FusedNest) => readonly FusedNest[],
): readonly (readonly FusedNest[])[] {
  const known = new Map<FusedNest, number>()
  const level = (nest: FusedNest): number => {
    const done = known.get(nest)
    if (done !== undefined) return done
    known.set(nest, 0)
    const made = Math.max(-1, ...predecessors(nest).map(level)) + 1
    known.set(nest, made)
    return made
  }
  const steps: FusedNest[][] = []
  for (const nest of nests) {
    const at = level(nest)
    while (steps.length <= at) steps.push([])
    steps[at]!.push(nest)
  }
  return steps
}

function readsOnlyWhatItWrites(nest: FusedNest, input: number, output: number): boolean {
  const written = nest.stores.find((store) => store.tensor === output)!.index
  return loadsIn(nest).every((load) => load.slot !== input || load.index === written)
}

export const loadsIn = ({ stores }: FusedNest): readonly Load[] =>
  [...expressionsIn(stores.map((store) => store.value))].filter((expr) => expr.kind === 'load')
