import type { FusedNest, FusedStore } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { ownReductions } from '../kernel/own-reductions.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft, PointStore } from './emit.ts'
import { both, clamped, fourOf, fours, type GroupTile, neighbours, placed, storesInFours, threads } from './group.ts'
import { pointsOver } from './reductions.ts'
import { replaceIn } from './replace.ts'
import { standIn } from './tile-stores.ts'
import { blockReduce, splat } from './widen.ts'

/** Elements of a row for each thread, where there are enough rows for every processor ... */
const eachThread = 4
/** ... that is, workgroups. */
const enoughGroups = 128
/**
 * Neighbouring columns that a workgroup reads, where a sum runs across them: as many as come with one access to memory,
 * or more where there are many columns.
 */
const fewColumns = 8
const manyColumns = 32
/** The same where a thread has four of them. */
const fewFours = 4
const manyFours = 32

/**
 * A nest with reductions, by rows: the leading axes on which any reduction depends number the rows. `width` threads
 * share a row, fold their parts of its reductions, and then take the elements along the trailing axes in turn. Where
 * neighbours in memory are rows, a thread may have four of them.
 */
export function groupRows(s: Scalars, nest: FusedNest, longestSum: number): GroupTile | undefined {
  const reductions = ownReductions(
    s,
    nest.axes,
    nest.stores.map((store) => store.value),
  )
  const leading = 1 + nest.axes.findLastIndex((axis) => reductions.some((reduce) => s.free(reduce).has(axis)))
  const [outer, inner] = [nest.axes.slice(0, leading), nest.axes.slice(leading)]
  const [rows, length] = [pointsOver(outer), pointsOver(inner)]
  if (rows === 0) return undefined
  const { width, stride, together, gathered } = widthFor(s, outer, inner, reductions, nest.stores)
  const perGroup = threads / width
  const count = rows / together

  const thread = s.loop('thread', threads)
  const lane = s.rem(s.div(thread, s.index(stride)), s.index(width))
  const inGroup = stride === 1 ? s.div(thread, s.index(width)) : s.rem(thread, s.index(stride))
  const group = s.loop('rows', Math.ceil(count / perGroup))
  const start = group.extent! > 1 ? s.mul(group, s.index(perGroup)) : s.index(0)
  const unbounded = s.add(start, inGroup)
  const isRow = s.less(unbounded, s.index(count))
  const inside = clamped(s, unbounded, count)
  const at = placed(s, outer, s.mul(inside, s.index(together)))
  const wide = together === 1 ? (expr: Expr) => s.substitute(expr, at) : fours(s, outer, inside)
  const standIns = reductions.map(({ dtype }, n) => standIn(s, n, { indices: outer, extent: rows }, undefined, dtype))
  const stoodIn = new Map<Expr, Expr>(reductions.map((reduce, n) => [reduce, standIns[n]!]))
  /** Of the reductions that are computed, by what stands in for them in this thread's rows. */
  const results = new Map<Expr, Expr>()
  const inRows = (expr: Expr): Expr => replaceIn(s, wide(replaceIn(s, expr, stoodIn)), new Map(results))
  const resultIs = (reduce: Reduce, value: Expr) => results.set(wide(stoodIn.get(reduce)!), value)

  const drafts: Draft[] = []
  const spread = new Spread(s, lane, width, longestSum)
  for (const stage of stagesOf(s, reductions)) {
    const parts = stage.map((reduce) => spread.reduce(reduce, inRows(reduce.body)))
    if (width === 1) {
      for (const [i, reduce] of stage.entries()) resultIs(reduce, parts[i]!)
      continue
    }
    const variables = stage.map((reduce, i) => {
      const origin = s.origins.get(reduce)
      const variable = s.variable(origin?.name ?? 'sum', reduce.dtype, parts[i]!.lanes)
      drafts.push({ kind: 'var', variable, value: parts[i]!, ...(origin && { origin }) })
      return variable
    })
    for (const op of ['add', 'max'] as const) {
      const folded = variables.filter((_, i) => stage[i]!.op === op)
      if (folded.length > 0) drafts.push({ kind: 'combine', op, variables: folded, stride, width })
    }
    for (const [i, reduce] of stage.entries()) resultIs(reduce, variables[i]!)
  }

  const stored = gathered ? placed(s, outer, s.mul(s.div(inside, s.index(4)), s.index(4))) : at
  const stores = nest.stores.map(({ tensor, index, value }) => ({
    tensor,
    index: s.substitute(index, stored),
    value: inRows(value),
  }))
  const changes = ({ index }: FusedStore) => inner.some((axis) => s.free(index).has(axis))
  const [ofElements, ofRows] = [stores.filter(changes), stores.filter((store) => !changes(store))]
  const first = s.apply('equal', [lane, s.index(0)])
  const isFirst = width === 1 ? isRow : both(s, isRow, first)
  if (ofRows.length > 0 && gathered) drafts.push(...inFours(s, ofRows, inGroup, width, isFirst))
  else if (ofRows.length > 0) drafts.push({ kind: 'stores', stores: ofRows, where: isFirst })
  if (ofElements.length > 0) drafts.push(...along(s, inner, length, lane, width, ofElements, isRow))
  const grid = group.extent! > 1 ? [{ index: group, extent: group.extent! }] : []
  return { grid, thread, shared: [], drafts }
}

/** Stores of one element a row, of four rows at once: `index` is of the first, and its first thread stores them. */
function inFours(s: Scalars, stores: readonly PointStore[], row: Expr, width: number, isFirst: Expr): readonly Draft[] {
  const place = s.rem(row, s.index(4))
  const own = s.apply('equal', [splat(s, place), s.apply('ramp', [s.index(0)])])
  const none = splat(s, s.constant(0, 'f32'))
  const variables = stores.map(() => s.variable('four', 'f32', 4))
  const values = stores.map(({ value }) => s.select(own, splat(s, value), none))
  return [
    ...variables.map((variable, i): Draft => ({ kind: 'var', variable, value: values[i]! })),
    { kind: 'combine', op: 'add', variables, stride: width, width: 4 },
    {
      kind: 'stores',
      stores: stores.map((store, i) => ({ ...store, value: variables[i]! })),
      where: both(s, isFirst, s.apply('equal', [place, s.index(0)])),
    },
  ]
}

/**
 * How many threads share a row, and how far apart they are: 1, or as many columns as are taken together where
 * neighbours in memory are rows rather than elements of one; how many rows a thread has; and whether what is stored of
 * each row is gathered from four of them.
 */
function widthFor(
  s: Scalars,
  outer: readonly Variable[],
  inner: readonly Variable[],
  reductions: readonly Reduce[],
  stores: readonly FusedStore[],
): { readonly width: number; readonly stride: number; readonly together: 1 | 4; readonly gathered: boolean } {
  const rows = pointsOver(outer)
  const storesFours = storesInFours(s, outer.at(-1), stores)
  const bodies = reductions.map(({ body }) => body)
  const across = neighbours(s, bodies, outer.at(-1))
  const within = reductions.reduce((sum, { over, body }) => sum + neighbours(s, [body], over.at(-1)), 0)
  const longest = Math.max(pointsOver(inner), ...reductions.map(({ over }) => pointsOver(over)))
  if (inner.length === 0 && across > within && rows >= fewColumns && longest > 1) {
    if (storesFours && reductions.every(({ dtype }) => dtype === 'f32') && rows >= 4 * fewFours) {
      const stride = rows >= enoughGroups * manyFours * 4 ? manyFours : fewFours
      return { width: threads / stride, stride, together: 4, gathered: false }
    }
    const stride = rows >= enoughGroups * manyColumns ? manyColumns : fewColumns
    return { width: threads / stride, stride, together: 1, gathered: false }
  }
  const wanted = powerOfTwo(longest / eachThread)
  const filling = powerOfTwo((enoughGroups * threads) / rows)
  const gathered = storesFours && inner.length === 0
  const most = gathered ? threads / 4 : threads
  return { width: Math.min(most, powerOfTwo(longest), Math.max(wanted, filling)), stride: 1, together: 1, gathered }
}

/** The greatest power of two that is not greater, and 1 at least. */
const powerOfTwo = (n: number): number => 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, n))))

/** Reductions in an order in which each stage needs only those before. */
function stagesOf(s: Scalars, reductions: readonly Reduce[]): readonly (readonly Reduce[])[] {
  const stages: Reduce[][] = []
  const stageOf = new Map<Expr, number>()
  const needs = (expr: Expr): number => {
    const known = stageOf.get(expr)
    if (known !== undefined) return known
    let stage = 0
    s.rebuild(expr, (part) => {
      stage = Math.max(stage, needs(part))
      return part
    })
    if (expr.kind === 'reduce' && reductions.includes(expr)) {
      while (stages.length <= stage) stages.push([])
      stages[stage]!.push(expr)
      stage++
    }
    stageOf.set(expr, stage)
    return stage
  }
  reductions.forEach(needs)
  return stages
}

/** Reductions as one thread of `width` does its part of them: terms, or fours of them, lane, lane + width, ... */
class Spread {
  readonly #s: Scalars
  readonly #lane: Expr
  readonly #width: number
  readonly #longestSum: number
  /** Reductions over the same indices keep a loop in common. */
  readonly #turns = new Map<string, Variable>()

  constructor(s: Scalars, lane: Expr, width: number, longestSum: number) {
    this.#s = s
    this.#lane = lane
    this.#width = width
    this.#longestSum = longestSum
  }

  reduce({ op, over, dtype }: Reduce, body: Expr): Expr {
    const s = this.#s
    const inFours = body.lanes === 1 && dtype === 'f32' && liesInFours(s, over, body)
    const [terms, width] = [pointsOver(over) / (inFours ? 4 : 1), this.#width]
    const like = (expr: Expr): Expr => (inFours || body.lanes === 4 ? splat(s, expr) : expr)
    const none = like(s.constant(op === 'add' ? 0 : lowest(dtype), dtype))
    if (terms === 0) return none
    const term = (position: Expr): Expr =>
      inFours ? fourOf(s, body, over, position) : s.substitute(body, placed(s, over, position))
    const [turns, left] = [Math.floor(terms / width), terms % width]
    const last = s.add(s.index(turns * width), this.#lane)
    const rest =
      left > 0 ? s.select(like(s.less(this.#lane, s.index(left))), term(clamped(s, last, terms)), none) : undefined
    const whole = (value: Expr): Expr => (inFours ? s.apply(op === 'add' ? 'sumLanes' : 'maxLanes', [value]) : value)
    if (turns === 0) return whole(rest!)
    const key = `${over.map(({ name }) => name).join()} ${turns}`
    const turn = this.#turns.get(key) ?? s.loop('k', turns)
    this.#turns.set(key, turn)
    const position = s.add(turns > 1 ? s.mul(turn, s.index(width)) : s.index(0), this.#lane)
    const own = turns > 1 ? s.reduce(op, [turn], term(position)) : term(position)
    const sum = own.kind === 'reduce' ? blockReduce(s, own, this.#longestSum) : own
    return whole(rest ? s.apply(op, [sum, rest]) : sum)
  }
}

/** Whether four neighbours of what an expression loads lie together in memory, along the last of some indices. */
const liesInFours = (s: Scalars, indices: readonly Variable[], expr: Expr): boolean => {
  const last = indices.at(-1)
  return last !== undefined && last.extent! % 4 === 0 && neighbours(s, [expr], last) > 0
}

/** Stores along the trailing axes, `width` elements at a time, or fours of them. */
function along(
  s: Scalars,
  inner: readonly Variable[],
  length: number,
  lane: Expr,
  width: number,
  stores: readonly FusedStore[],
  isRow: Expr,
): readonly Draft[] {
  // Also where nothing that is loaded has neighbours: stores one by one would keep all others in a shader from vectors.
  const inFours = storesInFours(s, inner.at(-1), stores)
  const storesAt = (position: Expr) => {
    const at = placed(s, inner, inFours ? s.mul(position, s.index(4)) : position)
    const valueAt = inFours ? fours(s, inner, position) : (value: Expr) => s.substitute(value, at)
    return stores.map(({ tensor, index, value }) => ({ tensor, index: s.substitute(index, at), value: valueAt(value) }))
  }
  const count = inFours ? length / 4 : length
  const [turns, left] = [Math.floor(count / width), count % width]
  const drafts: Draft[] = []
  if (turns > 1) {
    const turn = s.loop('j', turns)
    const position = s.add(s.mul(turn, s.index(width)), lane)
    const body: Draft = { kind: 'stores', stores: storesAt(position), where: isRow }
    drafts.push({ kind: 'for', loop: { index: turn, to: turns, step: 1 }, body: [body] })
  } else if (turns === 1) drafts.push({ kind: 'stores', stores: storesAt(lane), where: isRow })
  if (left > 0) {
    const position = clamped(s, s.add(s.index(turns * width), lane), count)
    const where = both(s, isRow, s.less(lane, s.index(left)))
    drafts.push({ kind: 'stores', stores: storesAt(position), where })
  }
  return drafts
}

const lowest = (dtype: Expr['dtype']): number => (dtype === 'f32' ? -Infinity : dtype === 'i32' ? -(2 ** 31) : 0)
