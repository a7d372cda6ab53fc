import type { Expr } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'

/** An expression with parts of it replaced, wherever they stand. `by` also keeps what was replaced before. */
export function replaceIn(s: Scalars, expr: Expr, by: Map<Expr, Expr>): Expr {
  const known = by.get(expr)
  if (known) return known
  const made = expr.kind === 'constant' || expr.kind === 'variable' ? expr : s.rebuild(expr, (e) => replaceIn(s, e, by))
  by.set(expr, made)
  return made
}
