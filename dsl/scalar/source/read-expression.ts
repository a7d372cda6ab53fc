import {
  applied,
  type Comparison,
  choice,
  conditionIn,
  constant,
  type Expression,
  isBit,
  numberIn,
  valueIn,
} from './expression.ts'
import { Mistake } from './mistake.ts'
import { readOperand } from './read-operand.ts'
import { refusedAfter, refusedOperators, refusedPrefixes } from './refused.ts'
import type { Reading, Scope } from './scope.ts'

/** How tightly operators bind; those of one level from left to right, but ** from right to left. */
const levels: ReadonlyMap<string, number> = new Map(
  [
    ['||', '??'],
    ['&&'],
    ['|'],
    ['^'],
    ['&'],
    ['===', '!==', '==', '!='],
    ['<', '<=', '>', '>=', 'in', 'instanceof'],
    ['<<', '>>', '>>>'],
    ['+', '-'],
    ['*', '/', '%'],
    ['**'],
  ].flatMap((operators, level) => operators.map((operator) => [operator, level + 1] as const)),
)

/**
 * Reads expressions with commas between them, and gives the last: the others have no effects. Bundlers call what they
 * import as (0, module.f)(x), and minifiers leave what nobody reads in front of a comma.
 */
export function readSequence(reading: Reading, scope: Scope): Expression {
  let last = readExpression(reading, scope)
  while (reading.cursor.accept(',')) last = readExpression(reading, scope)
  return last
}

/** Reads a whole expression, which ends where nothing more can belong to it. */
export function readExpression(reading: Reading, scope: Scope): Expression {
  const { cursor } = reading
  const test = readOperators(reading, scope, 0)
  const why = cursor.token.kind === 'mark' ? refusedAfter.get(cursor.token.text) : undefined
  if (why !== undefined) throw new Mistake(why, test.at)
  if (!cursor.accept('?')) return test
  const then = readExpression(reading, scope)
  cursor.expect(':')
  return choice(test, then, readExpression(reading, scope))
}

/** Operators that bind at least as tightly as `least`: precedence climbing. */
function readOperators(reading: Reading, scope: Scope, least: number): Expression {
  const { cursor } = reading
  let left = readUnary(reading, scope)
  for (;;) {
    const { kind, text, at, end } = cursor.token
    const level = kind === 'mark' || kind === 'name' ? levels.get(text) : undefined
    if (level === undefined || level < least) return left
    const why = refusedOperators.get(text)
    if (why !== undefined) throw new Mistake(why, left.at)
    const isTight = at === cursor.end
    cursor.take()
    const asOperand = isTight && end === cursor.token.at ? asNumber : numberIn
    left = joined(text, left, readOperators(reading, scope, text === '**' ? level : level + 1), asOperand)
  }
}

type AsOperand = (expression: Expression) => Expression

/**
 * A condition counts as 1 or 0 where JavaScript is asked for a number: with + before it, and, as minifiers leave that
 * out, in arithmetic that is written without blanks.
 */
const asNumber: AsOperand = (operand) =>
  operand.gives === 'condition' ? choice(operand, constant(1, operand.at), constant(0, operand.at)) : numberIn(operand)

function joined(operator: string, left: Expression, right: Expression, asOperand: AsOperand): Expression {
  const { at } = left
  switch (operator) {
    case '&&':
    case '||':
      // Minifiers write c && f(x) for c ? f(x) : 0 where nobody reads it.
      if (conditionIn(left) && right.gives !== 'condition' && !isBit(right)) return { ...right, gives: 'nothing' }
      return applied(operator, [left, right].map(conditionIn), at, 'condition')
    case '===':
    case '==':
    case '!==':
    case '!=': {
      const operands = [left, right].map(left.gives === right.gives ? valueIn : numberIn)
      return applied(operator.startsWith('=') ? '===' : '!==', operands, at, 'condition')
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '**':
      return applied(operator, [left, right].map(asOperand), at)
    default:
      return applied(operator as Comparison, [left, right].map(numberIn), at, 'condition')
  }
}

function readUnary(reading: Reading, scope: Scope): Expression {
  const { cursor } = reading
  const { kind, text, at } = cursor.token
  const why = kind === 'mark' || kind === 'name' ? refusedPrefixes.get(text) : undefined
  if (why !== undefined) throw new Mistake(why, at)
  if (cursor.accept('+')) return asNumber(readUnary(reading, scope))
  if (cursor.accept('-')) return applied('neg', [numberIn(readUnary(reading, scope))], at)
  if (!cursor.accept('!')) return readOperand(reading, scope)
  return applied('!', [conditionIn(readUnary(reading, scope))], at, 'condition')
}
