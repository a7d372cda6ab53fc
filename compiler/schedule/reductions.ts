import type { Expr, Reduce, Variable } from '../kernel/expr.ts'
import { partsOf, type Scalars } from '../kernel/scalars.ts'

/** What a nest is, as far as schedules care. */
export type Form = 'elementwise' | 'reduction' | 'contraction'

/** A reduction of a product of which no single factor depends on all axes of the nest. */
export const isContraction =
  (s: Scalars, axes: readonly Variable[]) =>
  ({ body }: Reduce): boolean =>
    body.kind === 'apply' &&
    body.op === 'mul' &&
    body.args.every((arg) => s.free(arg).size > 0 && axes.some((axis) => !s.free(arg).has(axis)))

export function reductionsIn(roots: readonly Expr[]): readonly Reduce[] {
  const found = new Set<Reduce>()
  const seen = new Set<Expr>()
  const visit = (expr: Expr) => {
    if (seen.has(expr)) return
    seen.add(expr)
    if (expr.kind === 'reduce') found.add(expr)
    for (const part of partsOf(expr)) visit(part)
  }
  for (const root of roots) visit(root)
  return [...found]
}

/** Rewrites every reduction of an expression, inner ones first. */
export function throughReductions(s: Scalars, expr: Expr, change: (reduce: Reduce) => Expr): Expr {
  const done = new Map<Expr, Expr>()
  const visit = (e: Expr): Expr => {
    if (e.kind === 'constant' || e.kind === 'variable') return e
    const known = done.get(e)
    if (known) return known
    const rebuilt = s.rebuild(e, visit)
    const made = rebuilt.kind === 'reduce' ? change(rebuilt) : rebuilt
    done.set(e, made)
    return made
  }
  return visit(expr)
}
