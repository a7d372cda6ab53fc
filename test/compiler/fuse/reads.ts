import type { FusedNest } from '../../../compiler/fuse/fuse.ts'
import type { Expr, Load, Reduce } from '../../../compiler/kernel/expr.ts'
import { partsOf } from '../../../compiler/kernel/scalars.ts'

/** Every expression that a nest computes, each once. */
export function partsIn({ stores }: FusedNest): ReadonlySet<Expr> {
  const found = new Set<Expr>()
  const visit = (expr: Expr): void => {
    if (found.has(expr)) return
    found.add(expr)
    partsOf(expr).forEach(visit)
  }
  for (const { index, value } of stores) [index, value].forEach(visit)
  return found
}

export const loadsOf = (nest: FusedNest): readonly Load[] => [...partsIn(nest)].filter((expr) => expr.kind === 'load')

export const sumsOf = (nest: FusedNest): readonly Reduce[] =>
  [...partsIn(nest)].filter((expr) => expr.kind === 'reduce')

/** The tensors that a nest reads. */
export const readBy = (nest: FusedNest): ReadonlySet<number> => new Set(loadsOf(nest).map(({ slot }) => slot))
