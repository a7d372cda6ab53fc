import type { Apply, Expr, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'

// Which addresses are those of four neighbours, at four positions of an index from a multiple of four.

/**
 * Whether four positions of a variable have addresses that follow each other, wherever what lies there is used. An
 * index that is kept within an axis is in it at all four positions or at none where these begin at a multiple of four,
 * and so does what is beyond.
 */
export function followEachOther(s: Scalars, address: Expr, variable: Variable): boolean {
  if (s.stride(address, variable) === 1) return true
  const kept = keptAlong(s, address, variable)
  if (!kept) return false
  const [x, last] = kept.args as [Expr, Expr]
  const others = s.sub(x, keptAlong(s, x, variable) ?? variable)
  return isByFours(s, s.add(last, s.index(1))) && isByFours(s, others) && followEachOther(s, x, variable)
}

/** The first of such addresses: for the position `base`, a multiple of four. */
export function firstOfFour(s: Scalars, address: Expr, variable: Variable, base: Expr): Expr {
  const kept = keptAlong(s, address, variable)
  if (!kept) return s.substitute(address, new Map([[variable, base]]))
  const [x, last] = kept.args as [Expr, Expr]
  const first = s.apply('within', [firstOfFour(s, x, variable, base), s.sub(last, s.index(3))])
  return s.add(s.sub(address, kept), first)
}

/** What alone of an address changes with a variable, and as much, where that is an index kept within an axis. */
function keptAlong(s: Scalars, address: Expr, variable: Variable): Apply | undefined {
  const [term, ...more] = s.changing(address, variable)
  if (more.length > 0 || term?.factor !== 1) return undefined
  return term.atom.kind === 'apply' && term.atom.op === 'within' ? term.atom : undefined
}

/** Whether an address is a multiple of four whatever its indices are. */
function isByFours(s: Scalars, address: Expr): boolean {
  const { constant, terms } = s.linear(address)
  return constant % 4 === 0 && terms.every(({ factor }) => factor % 4 === 0)
}
