import type { FusedNest } from '../fuse/fuse.ts'
import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { expressionsIn, type Scalars } from '../kernel/scalars.ts'

/** What a nest is, as far as schedules care. */
export type Form = 'elementwise' | 'reduction' | 'contraction'

/** A reduction of a product of which no single factor depends on all axes of the nest. */
export const isContraction =
  (s: Scalars, axes: readonly Variable[]) =>
  ({ body }: Reduce): boolean =>
    body.kind === 'apply' &&
    body.op === 'mul' &&
    body.args.every((arg) => s.free(arg).size > 0 && axes.some((axis) => !s.free(arg).has(axis)))

/** How many points some indices have together. */
export const pointsOver = (indices: readonly Variable[]): number =>
  indices.reduce((points, index) => points * index.extent!, 1)

export const reductionsIn = (roots: readonly Expr[]): readonly Reduce[] =>
  [...expressionsIn(roots)].filter((expr) => expr.kind === 'reduce')

/**
 * Rewrites every reduction of some expressions, inner ones first and each once. The sums that one becomes come from
 * where it came from.
 */
export function throughReductions(
  s: Scalars,
  roots: readonly Expr[],
  change: (reduce: Reduce) => Expr,
): readonly Expr[] {
  const done = new Map<Expr, Expr>()
  const visit = (e: Expr): Expr => {
    if (e.kind === 'constant' || e.kind === 'variable') return e
    const known = done.get(e)
    if (known) return known
    const rebuilt = s.rebuild(e, visit)
    const made = rebuilt.kind === 'reduce' ? change(rebuilt) : rebuilt
    const origin = s.origins.get(rebuilt)
    if (origin && made !== rebuilt) for (const part of reductionsIn([made])) s.originate(part, origin)
    done.set(e, made)
    return made
  }
  return roots.map(visit)
}

/** The nest with its reductions rewritten; one that several stores share stays one. */
export function withReductions(s: Scalars, nest: FusedNest, change: (reduce: Reduce) => Expr): FusedNest {
  const values = throughReductions(
    s,
    nest.stores.map((store) => store.value),
    change,
  )
  return { ...nest, stores: nest.stores.map((store, i) => ({ ...store, value: values[i]! })) }
}
