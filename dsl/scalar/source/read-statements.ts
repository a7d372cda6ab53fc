import { choice, conditionIn, type Expression, numberIn, valueIn } from './expression.ts'
import { Mistake } from './mistake.ts'
import { readExpression, readSequence } from './read-expression.ts'
import { destructured, refusedStatements } from './refused.ts'
import { declare, type Reading, type Scope, scopeIn } from './scope.ts'

type Statement =
  | { readonly kind: 'const'; readonly index: number; readonly value: Expression }
  | { readonly kind: 'return'; readonly value: Expression }
  | {
      readonly kind: 'if'
      readonly condition: Expression
      readonly then: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }

/** Reads a block in braces as the expression that it returns. */
export function readBody(reading: Reading, scope: Scope): Expression {
  const { at } = reading.cursor.token
  reading.cursor.expect('{')
  const { returns, value } = outcomeOf(readStatements(reading, scope), at)
  if (value && isKnown(returns, true)) return value
  throw new Mistake('the function can end without a value: return a number on every path', at)
}

/** What statements come to: whether they return, and what they return where they do. */
interface Outcome {
  readonly returns: Expression
  readonly value: Expression | undefined
}

function outcomeOf([first, ...rest]: readonly Statement[], at: number): Outcome {
  if (!first) return { returns: known(false, at), value: undefined }
  if (first.kind === 'return') return { returns: known(true, at), value: first.value }
  const after = outcomeOf(rest, at)
  if (first.kind === 'const') {
    const withIt = (body: Expression): Expression => ({ ...first, kind: 'let', body, gives: body.gives, at })
    const returns = after.returns.kind === 'constant' ? after.returns : withIt(after.returns)
    return { returns, value: after.value && withIt(after.value) }
  }
  const [then, otherwise] = [outcomeOf(first.then, at), outcomeOf(first.otherwise, at)]
  const returns = chosen(first.condition, then.returns, otherwise.returns)
  return {
    returns: chosen(returns, known(true, at), after.returns),
    value: either(returns, either(first.condition, then.value, otherwise.value), after.value),
  }
}

const either = (test: Expression, then: Expression | undefined, otherwise: Expression | undefined) =>
  then && otherwise ? chosen(test, then, otherwise) : (then ?? otherwise)

/** A choice, where there is one. */
function chosen(test: Expression, then: Expression, otherwise: Expression): Expression {
  if (isKnown(test, true)) return then
  if (isKnown(test, false)) return otherwise
  const isTest = isKnown(then, true) && isKnown(otherwise, false)
  const isSame = then.kind === 'constant' && isKnown(otherwise, then.value)
  return isTest ? test : isSame ? then : choice(test, then, otherwise)
}

const known = (value: boolean, at: number): Expression => ({ kind: 'constant', value, gives: 'condition', at })
const isKnown = (expression: Expression, value: number | boolean): boolean =>
  expression.kind === 'constant' && expression.value === value

/** Up to the brace that ends them. */
function readStatements(reading: Reading, scope: Scope): readonly Statement[] {
  const statements: Statement[] = []
  while (!reading.cursor.accept('}')) statements.push(...readStatement(reading, scope))
  return statements
}

/** One statement as none or more: names are numbers by now, so that a block may be taken apart. */
function readStatement(reading: Reading, scope: Scope): readonly Statement[] {
  const { cursor } = reading
  const { kind, text, at } = cursor.token
  if (kind === 'end') throw cursor.unexpected('}')
  if (cursor.accept(';')) return []
  if (cursor.accept('{')) return readStatements(reading, scopeIn(scope))
  const why = kind === 'name' ? refusedStatements.get(text) : undefined
  if (why !== undefined) throw new Mistake(why, at)
  if (cursor.accept('return')) return [{ kind: 'return', value: readReturned(reading, scope, at) }]
  if (cursor.accept('if')) return [readIf(reading, scope)]
  if (cursor.is('const') || cursor.is('let')) return readConstants(reading, scope)
  // It has no effects, and its value is dropped: minifiers leave such statements.
  readSequence(reading, scope)
  endStatement(reading)
  return []
}

function readReturned(reading: Reading, scope: Scope, at: number): Expression {
  const { cursor } = reading
  if (cursor.is(';') || cursor.is('}') || cursor.token.onNewLine)
    throw new Mistake('return gives undefined here: return a number', at)
  const value = numberIn(readSequence(reading, scope))
  endStatement(reading)
  return value
}

function readIf(reading: Reading, scope: Scope): Statement {
  const { cursor } = reading
  cursor.expect('(')
  const condition = conditionIn(readSequence(reading, scope))
  cursor.expect(')')
  const then = readStatement(reading, scopeIn(scope))
  const otherwise = cursor.accept('else') ? readStatement(reading, scopeIn(scope)) : []
  return { kind: 'if', condition, then, otherwise }
}

/** `const a = 1, b = a + 1`. Minifiers write let for it, which is the same where nothing is assigned. */
function readConstants(reading: Reading, scope: Scope): readonly Statement[] {
  const { cursor } = reading
  const declared: Statement[] = []
  cursor.take()
  do {
    if (cursor.is('{') || cursor.is('[')) throw new Mistake(destructured, cursor.token.at)
    const { text, at } = cursor.takeName()
    if (!cursor.accept('='))
      throw new Mistake(`${text} has no value: what is declared does not change; write const ${text} = ...`, at)
    const value = valueIn(readExpression(reading, scope))
    declared.push({ kind: 'const', index: declare(reading, scope, text, value.gives), value })
  } while (cursor.accept(','))
  endStatement(reading)
  return declared
}

/** JavaScript puts a semicolon at the end of a line and before a brace. */
function endStatement({ cursor }: Reading): void {
  if (!cursor.accept(';') && !cursor.is('}') && !cursor.token.onNewLine) throw cursor.unexpected(';')
}
