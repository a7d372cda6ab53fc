import type { Fused, FusedLoop, FusedNest } from '../fuse/fuse.ts'
import { sizeOf, type Type, type Value } from '../ir/graph.ts'
import { scalarOf } from '../ir/primitives/type-rule.ts'
import type { Load } from '../kernel/expr.ts'
import { expressionsIn, type Scalars } from '../kernel/scalars.ts'
import { Dependencies, isLoop, type Work } from './dependencies.ts'

/** The nests in an order in which they can run, and what shares memory. */
export interface Ordered {
  /** Nests and loops that do not depend on each other; each list after the one before. */
  readonly steps: readonly (readonly Work[])[]
  /** As in `Fused`, with copies for what has to come out at a place of its own. */
  readonly tensors: readonly Value[]
  /** For a tensor that is written over an input: that input. */
  readonly home: ReadonlyMap<number, number>
  /** The tensor of each output of the graph. */
  readonly outputs: readonly number[]
  /** The tensors that a loop uses for itself. */
  readonly scratch: ReadonlyMap<FusedLoop, readonly number[]>
}

/**
 * Orders the nests by what they need. State is written in place where the nest that makes the new value reads the old
 * one only at the element that it writes, and where everything else that reads the old one can run before; otherwise
 * the new value is copied over the old one at the end.
 *
 * `scratch` says what memory a loop needs for itself. `donated[i]` is the input (a position in the graph's inputs)
 * whose memory output i takes over.
 */
export function order(
  fused: Fused,
  outputs: readonly Value[],
  donated: readonly (number | undefined)[],
  scratch: (loop: FusedLoop) => readonly Type[] = () => [],
): Ordered {
  const tensors = [...fused.tensors]
  const home = new Map<number, number>()
  const dependencies = new Dependencies()
  for (const work of [...fused.nests, ...fused.loops]) dependencies.add(work)
  const scratchOf = (loop: FusedLoop) =>
    scratch(loop).map((type) => tensors.push({ type, name: `scratch of ${loop.name}` }) - 1)
  const own = new Map(fused.loops.map((loop) => [loop, scratchOf(loop)]))

  /** A copy of a tensor, and the nest that makes it. */
  const copy = (from: number) => {
    const tensor = tensors.push({ ...tensors[from]! }) - 1
    const nest = copyNest(fused.scalars, tensors[from]!, from, tensor)
    dependencies.add(nest)
    return { tensor, nest }
  }

  /** Puts what tensor `from` holds in the memory of an input, and gives the tensor that then is there. */
  const overwrite = (input: number, from: number): number => {
    const writer = dependencies.writerOf(from)!
    const others = dependencies.readersOf(input).filter((nest) => nest !== writer)
    const inPlace =
      !home.has(from) &&
      readsOnlyWhatItWrites(writer, input, from) &&
      !others.some((reader) => dependencies.runsAfter(reader, writer))
    const { tensor, nest } = inPlace ? { tensor: from, nest: writer } : copy(from)
    home.set(tensor, input)
    dependencies.wait(
      nest,
      dependencies.readersOf(input).filter((reader) => reader !== nest),
    )
    return tensor
  }

  const positions = new Map(fused.tensors.map((value, tensor) => [value, tensor]))
  // An input that comes out again, but at another place, is copied, and before anything is overwritten.
  const made = outputs.map((output, i) => {
    const from = positions.get(output)!
    return dependencies.writerOf(from) || from === donated[i] ? from : copy(from).tensor
  })
  const results = made.map((from, i) => {
    const input = donated[i]
    return input === undefined || input === from ? from : overwrite(input, from)
  })
  // What comes out twice, or as state and beside it, has a place for each.
  const taken = new Set(results.filter((_, i) => donated[i] !== undefined))
  for (const [i, from] of results.entries()) {
    if (donated[i] !== undefined) continue
    if (taken.has(from)) results[i] = copy(from).tensor
    taken.add(results[i]!)
  }
  return { steps: dependencies.steps(), tensors, home, outputs: results, scratch: own }
}

/** A nest that copies one tensor to another. */
export function copyNest(s: Scalars, { name, type }: Value, from: number, to: number): FusedNest {
  const index = s.over('i', sizeOf(type.shape))
  const value = s.load(from, scalarOf(type.dtype), index)
  const axes = index.kind === 'variable' ? [index] : []
  return { name: `copy ${name}`, axes, stores: [{ tensor: to, index, value }], reads: new Set([from]), computes: [] }
}

function readsOnlyWhatItWrites(nest: Work, input: number, output: number): boolean {
  if (isLoop(nest)) return false
  const written = nest.stores.find((store) => store.tensor === output)!.index
  return loadsIn(nest).every((load) => load.slot !== input || load.index === written)
}

const loadsIn = ({ stores }: FusedNest): readonly Load[] =>
  [...expressionsIn(stores.map((store) => store.value))].filter((expr) => expr.kind === 'load')
