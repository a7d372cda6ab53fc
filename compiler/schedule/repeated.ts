import type { Expr, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'
import type { Draft } from './emit.ts'

/** Statements for each value of a loop's index, which may have but one, or none. */
export const repeated = (loop: Variable, body: readonly Draft[]): readonly Draft[] =>
  loop.extent! > 1
    ? [{ kind: 'for', loop: { index: loop, to: loop.extent!, step: 1 }, body }]
    : loop.extent === 1
      ? body
      : []

/** The index of such a loop, as the body has it. */
export const index = (s: Scalars, loop: Variable): Expr => (loop.extent! > 1 ? loop : s.index(0))
