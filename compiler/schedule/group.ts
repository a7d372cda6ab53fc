import type { Expr, Variable } from '../kernel/expr.ts'
import type { Loop, Shared } from '../kernel/kernel.ts'
import { partsOf, type Scalars } from '../kernel/scalars.ts'
import type { Draft, PointStore } from './emit.ts'
import { followEachOther } from './neighbours.ts'
import { flatIndex } from './parts.ts'
import { pointsOver } from './reductions.ts'
import { splat, widening } from './widen.ts'

/** Threads of the workgroups that work together. All kernels have the same, so that any nests can share one. */
export const threads = 256

/** What the threads of a workgroup do at each point of a grid. */
export interface GroupTile {
  readonly grid: readonly Loop[]
  readonly thread: Variable
  readonly shared: readonly Shared[]
  readonly drafts: readonly Draft[]
  /** The sizes of a product whose tile is chosen by them. */
  readonly product?: string
}

/** Both of two conditions. */
export const both = (s: Scalars, a: Expr, b: Expr): Expr =>
  a.kind === 'constant' ? (a.value ? b : a) : b.kind === 'constant' ? (b.value ? a : b) : s.apply('and', [a, b])

/** How many of the loads in some expressions find neighbours in memory along an index. */
export function neighbours(s: Scalars, roots: readonly Expr[], along: Variable | undefined): number {
  if (!along) return 0
  let found = 0
  const seen = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return
    seen.add(expr)
    if (expr.kind === 'load' && followEachOther(s, expr.index, along)) found++
    partsOf(expr).forEach(visit)
  }
  roots.forEach(visit)
  return found
}

/** min(index, extent - 1), or the index itself where it is never more. */
export function clamped(s: Scalars, index: Expr, extent: number): Expr {
  return s.range(index)[1] < extent ? index : s.apply('min', [index, s.index(extent - 1)])
}

/** Whether what is stored for four neighbours along an index lies together, and at a multiple of four. */
export const storesInFours = (s: Scalars, along: Variable | undefined, stores: readonly PointStore[]): boolean =>
  along !== undefined &&
  along.extent! % 4 === 0 &&
  stores.every(({ index, value }) => value.dtype === 'f32' && s.stride(index, along) === 1)

/** The places of some indices at a position in their row-major order. */
export function placed(s: Scalars, indices: readonly Variable[], position: Expr): ReadonlyMap<Variable, Expr> {
  if (indices.length < 2) return new Map(indices.map((index) => [index, position]))
  const { merged, at } = flatIndex(s, 'at', indices)
  return new Map([...at].map(([index, place]) => [index, s.substitute(place, new Map([[merged, position]]))]))
}

/**
 * Of an expression what it is at four positions in the row-major order of some indices, from 4 * four. Where that may
 * be beyond the last it is at the last, or 0 with a `bound`, which then is the number of positions.
 */
export function fours(s: Scalars, indices: readonly Variable[], four: Expr, bound?: number): (expr: Expr) => Expr {
  const extent = pointsOver(indices)
  const last = indices.at(-1)
  if (last && last.extent! % 4 === 0) {
    const inside = clamped(s, four, extent / 4)
    const inLine = s.index(last.extent! / 4)
    const outer = indices.slice(0, -1)
    const line = placed(s, outer, s.div(inside, inLine))
    const wide = widening(s, last, s.mul(outer.length > 0 ? s.rem(inside, inLine) : inside, s.index(4)))
    return (expr) => {
      const value = splat(s, wide(s.substitute(expr, line)))
      if (bound === undefined) return value
      return s.select(splat(s, s.less(four, s.index(bound / 4))), value, splat(s, s.constant(0, expr.dtype)))
    }
  }
  const positions = [0, 1, 2, 3].map((lane) => s.add(s.mul(four, s.index(4)), s.index(lane)))
  const places = positions.map((position) => placed(s, indices, clamped(s, position, extent)))
  return (expr) => {
    const lanes = places.map((at, lane) => {
      const value = s.substitute(expr, at)
      if (bound === undefined) return value
      return s.select(s.less(positions[lane]!, s.index(bound)), value, s.constant(0, expr.dtype))
    })
    return s.apply('pack', lanes)
  }
}

export const fourOf = (s: Scalars, expr: Expr, ...at: [readonly Variable[], Expr, number?]): Expr =>
  fours(s, ...at)(expr)
