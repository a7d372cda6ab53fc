import type { FusedNest, FusedStore } from '../fuse/fuse.ts'
import type { Expr, Lanes, Reduce, Variable } from '../kernel/expr.ts'
import type { Loop } from '../kernel/kernel.ts'
import type { Scalars } from '../kernel/scalars.ts'
import { type Draft, inLoops, type SerialLoop } from './emit.ts'
import { lanesFor } from './lanes.ts'
import { flatIndex, lanesOf, partition } from './parts.ts'
import { reductionsIn, throughReductions, withReductions } from './reductions.ts'
import type { RowAxes } from './row-axes.ts'
import { widenReduce } from './widen.ts'

/** Inner axes are taken as one where the last is shorter than this. */
const short = 16

/**
 * A nest by rows, which are the points of the grid: reductions four terms at a time, then the elements one after the
 * other, four at a time; all one at a time where there are no lanes.
 */
export function rowLoops(
  s: Scalars,
  nest: FusedNest,
  { outer, inner }: RowAxes,
  lanes: Lanes,
): { readonly grid: readonly Loop[]; readonly drafts: readonly Draft[] } {
  const { stores } = sharingLoops(
    s,
    withReductions(s, nest, (reduce) => inLanes(s, nest, reduce, lanes)),
  )
  const changes = ({ index }: FusedStore) => inner.some((axis) => s.free(index).has(axis))
  // What is stored once for a row comes last: it may be written over what the elements are computed from.
  const drafts = [...elements(s, nest, inner, stores.filter(changes), lanes)]
  const ofRows = stores.filter((store) => !changes(store))
  if (ofRows.length > 0) drafts.push({ kind: 'stores', stores: ofRows })
  return { grid: outer.map((index) => ({ index, extent: index.extent! })), drafts }
}

function elements(
  s: Scalars,
  nest: FusedNest,
  inner: readonly Variable[],
  all: readonly FusedStore[],
  lanes: Lanes,
): Draft[] {
  if (all.length === 0) return []
  const merged = inner.length > 1 && inner.at(-1)!.extent! < short ? flatIndex(s, 'j', inner) : undefined
  const axes = merged ? [merged.merged] : inner
  const stores = merged ? all.map((store) => placedAt(s, store, merged.at)) : all
  const last = axes.at(-1)!
  const around = axes.slice(0, -1).map((index): SerialLoop => ({ index, to: index.extent!, step: 1 }))
  const fours = lanesFor(s, { ...nest, axes: [last], stores }, 'elementwise', lanes) === last
  return partition(last.extent!, fours ? [last.extent! - (last.extent! % 4) || 1, 1] : [Math.max(1, last.extent!)]).map(
    ({ from, size, count }): Draft => {
      const along = s.loop(last.name, size * count)
      const position = s.add(s.index(from), size * count > 1 ? along : s.index(0))
      const wide = fours && size % 4 === 0
      const at = new Map([[last, position]])
      const vector = lanesOf(s, last, position)
      const here = stores.map((store) =>
        wide ? { ...store, index: s.substitute(store.index, at), value: vector(store.value) } : placedAt(s, store, at),
      )
      const loop = { index: along, to: size * count, step: wide ? 4 : 1 }
      const [draft] = inLoops([...around, ...(size * count > 1 ? [loop] : [])], here)
      return draft!
    },
  )
}

const placedAt = (s: Scalars, { tensor, index, value }: FusedStore, at: ReadonlyMap<Variable, Expr>): FusedStore => ({
  tensor,
  index: s.substitute(index, at),
  value: s.substitute(value, at),
})

/** A reduction four terms at a time, where that is less work. */
function inLanes(s: Scalars, nest: FusedNest, reduce: Reduce, lanes: Lanes): Expr {
  const [k] = reduce.over
  const alone = { ...nest, axes: [], stores: [{ tensor: 0, index: s.index(0), value: reduce }] }
  const holdsOther = reductionsIn([reduce.body]).some((other) => s.free(other).has(k!))
  return !holdsOther && lanesFor(s, alone, 'reduction', lanes) === k ? widenReduce(s, reduce) : reduce
}

/** Reductions of one length share a loop where none needs another: they run over the same index. */
function sharingLoops(s: Scalars, nest: FusedNest): FusedNest {
  const depths = new Map<Expr, number>()
  const shared = new Map<string, Variable>()
  const values = throughReductions(
    s,
    nest.stores.map(({ value }) => value),
    ({ op, over, body }) => {
      const depth = 1 + Math.max(0, ...reductionsIn([body]).map((inner) => depths.get(inner) ?? 0))
      const indices = over.map((index, i) => {
        const key = `${depth}.${i} of ${over.length}: ${over.map(({ extent }) => extent).join()}`
        const known = shared.get(key) ?? index
        shared.set(key, known)
        return known
      })
      const made = s.reduce(op, indices, s.substitute(body, new Map(over.map((index, i) => [index, indices[i]!]))))
      depths.set(made, depth)
      return made
    },
  )
  return { ...nest, stores: nest.stores.map((store, i) => ({ ...store, value: values[i]! })) }
}
