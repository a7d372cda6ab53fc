import type { Expr, Reduce, Variable } from './expr.ts'
import { partsOf, type Scalars } from './scalars.ts'

/**
 * The reductions that are computed once for a point of these axes or less often, those inside others first; a reduction
 * that changes within another's loop is part of that.
 */
export function ownReductions(s: Scalars, axes: readonly Variable[], values: readonly Expr[]): readonly Reduce[] {
  const own = new Set<Reduce>()
  const seen = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (seen.has(expr)) return
    seen.add(expr)
    partsOf(expr).forEach(visit)
    if (expr.kind === 'reduce' && [...s.free(expr)].every((variable) => axes.includes(variable))) own.add(expr)
  }
  values.forEach(visit)
  return [...own]
}
