import type { Expr } from './expr.ts'
import type { Nest, Statement } from './kernel.ts'
import { partsOf } from './scalars.ts'

/** About how many operations, of one lane or of four, a point of a nest's grid takes. */
export const workOf = (nest: Nest): number => ofStatements(nest.body)

const ofStatements = (statements: readonly Statement[]): number =>
  statements.reduce((sum, statement) => sum + ofStatement(statement), 0)

function ofStatement(statement: Statement): number {
  switch (statement.kind) {
    case 'for': {
      const { from, to, step, body } = statement
      return Math.max(0, (to - from) / step) * ofStatements(body)
    }
    case 'if':
      return ofExpr(statement.condition) + ofStatements(statement.body)
    case 'barrier':
    case 'combine':
      return 1
    default:
      return 1 + ofExpr(statement.value)
  }
}

/** Addresses are counted as one: most of them are not computed again and again. */
function ofExpr(expr: Expr): number {
  if (expr.kind === 'constant' || expr.kind === 'variable') return 0
  if (expr.kind === 'load' || expr.kind === 'fetch') return 1
  return partsOf(expr).reduce((sum, part) => sum + ofExpr(part), expr.kind === 'call' ? 20 : 1)
}
