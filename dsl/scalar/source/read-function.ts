import { Cursor } from './cursor.ts'
import { numberIn, type ScalarSource } from './expression.ts'
import { Mistake } from './mistake.ts'
import { readExpression } from './read-expression.ts'
import { readBody } from './read-statements.ts'
import { asynchronous, destructured, generators, refusedOperands } from './refused.ts'
import { declare, type Reading, type Scope, scopeIn } from './scope.ts'

/**
 * Reads a function in JavaScript, as its author, TypeScript, a bundler or a minifier writes it: an arrow, a `function`
 * or a method. Throws a Mistake at the first thing that cannot be compiled.
 */
export function readFunction(text: string): ScalarSource {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text))
    throw new Mistake('a function of the engine, or a bound one, has no source; write a function that calls it', 0)
  const cursor = new Cursor(text)
  const isArrow = readKind(cursor)
  const self = !isArrow && cursor.token.kind === 'name' ? cursor.take().text : undefined
  const reading: Reading = { cursor, self, locals: 0 }
  const scope = scopeIn()
  readParameters(reading, scope)
  const takes = reading.locals
  if (takes === 0) throw new Mistake('the function takes nothing: it needs at least one number', 0)
  if (isArrow) cursor.expect('=>')
  const isBlock = cursor.is('{')
  const body = isBlock ? readBody(reading, scopeIn(scope)) : numberIn(readExpression(reading, scope))
  if (cursor.token.kind !== 'end') throw cursor.unexpected('the end')
  return { text, takes, body }
}

/** Reads what stands before the name and the parameters, and says whether it is an arrow. */
function readKind(cursor: Cursor): boolean {
  const { token } = cursor
  const { text: next } = cursor.following()
  if (cursor.is('async') && next !== '=>' && (next !== '(' || isArrowAhead(cursor)))
    throw new Mistake(asynchronous, token.at)
  if (cursor.is('class')) throw new Mistake(refusedOperands.get('class')!, token.at)
  const isWord = cursor.accept('function')
  if (cursor.is('*')) throw new Mistake(generators, token.at)
  return !isWord && (cursor.is('(') || cursor.following().text === '=>')
}

/** Whether `async (` begins an arrow, and not a method of that name. */
const isArrowAhead = ({ source }: Cursor): boolean => /^[^{]*=>/.test(source)

/** One name, or a list of them in parentheses. */
function readParameters(reading: Reading, scope: Scope): void {
  const { cursor } = reading
  if (!cursor.accept('(')) {
    declare(reading, scope, cursor.takeName().text, 'number')
    return
  }
  while (!cursor.accept(')')) {
    const { at } = cursor.token
    if (cursor.is('...')) throw new Mistake('rest parameters are not compiled: name each number', at)
    if (cursor.is('{') || cursor.is('[')) throw new Mistake(destructured, at)
    const { text } = cursor.takeName()
    if (cursor.is('=')) throw new Mistake(`${text} has a default, which is not compiled: give every number`, at)
    declare(reading, scope, text, 'number')
    if (!cursor.is(')')) cursor.expect(',')
  }
}
