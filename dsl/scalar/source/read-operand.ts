import { applied, constant, type Expression, numberIn } from './expression.ts'
import { type MathFunction, mathConstants, mathFunctions, mathRefused, numberConstants } from './functions.ts'
import { recursion } from './mentions.ts'
import { Mistake } from './mistake.ts'
import { readExpression, readSequence } from './read-expression.ts'
import { properties, refusedOperands, strings, templates } from './refused.ts'
import { localIn, type Reading, type Scope } from './scope.ts'
import { numberOf, type Token } from './tokens.ts'

/** Reads a number, a name, a call, or what stands in parentheses. */
export function readOperand(reading: Reading, scope: Scope): Expression {
  const { cursor } = reading
  let operand = readPrimary(reading, scope)
  while (cursor.is('(')) operand = called(operand, readArguments(reading, scope))
  const { kind, text } = cursor.token
  if (kind === 'quote' && text === '`') throw new Mistake(templates, operand.at)
  if (cursor.is('.') || cursor.is('?.') || cursor.is('[')) throw new Mistake(properties, operand.at)
  return operand
}

function readPrimary(reading: Reading, scope: Scope): Expression {
  const { cursor } = reading
  const { token } = cursor
  const { kind, text, at } = token
  if (kind === 'number') return constant(numberOf(cursor.take()), at)
  if (kind === 'quote') throw new Mistake(text === '`' ? templates : strings, at)
  if (cursor.accept('(')) return readParenthesised(reading, scope)
  const local = kind === 'name' ? localIn(scope, text) : undefined
  if (local) {
    cursor.take()
    return { kind: 'local', ...local, at }
  }
  const why = refusedOperands.get(text)
  if (why !== undefined && kind !== 'end') throw new Mistake(why, at)
  return readOuterName(reading, scope, cursor.takeName())
}

function readParenthesised(reading: Reading, scope: Scope): Expression {
  const inside = readSequence(reading, scope)
  reading.cursor.expect(')')
  return inside
}

/** A name that the function does not declare. */
function readOuterName(reading: Reading, scope: Scope, { text, at }: Token): Expression {
  const { cursor } = reading
  switch (text) {
    case 'true':
    case 'false':
      return { kind: 'constant', value: text === 'true', gives: 'condition', at }
    case 'NaN':
    case 'Infinity':
      return constant(Number(text), at)
    case 'Math':
      return readMath(reading, scope, at)
    case 'Number':
      return readOfNumber(reading, scope, at)
    case 'isNaN':
    case 'isFinite':
      return test(text, readArguments(reading, scope), at)
  }
  if (text === reading.self) throw new Mistake(recursion(text), at)
  let path = text
  while (cursor.accept('.')) path += `.${cursor.takeName().text}`
  return { kind: 'outside', path, gives: 'number', at }
}

function readMath(reading: Reading, scope: Scope, at: number): Expression {
  const name = readMember(reading, 'Math', at)
  const value = mathConstants.get(name)
  if (value !== undefined) return constant(value, at)
  if (!isMathFunction(name))
    throw new Mistake(
      `Math.${name} is not compiled: ${mathRefused.get(name) ?? `there is ${Object.keys(mathFunctions).join(', ')}`}`,
      at,
    )
  if (!reading.cursor.is('(')) throw new Mistake(`Math.${name} is a function: call it`, at)
  const args = readArguments(reading, scope)
  const [least, most] = mathFunctions[name]
  if (args.length < least || args.length > most) {
    const takes = `${least}${most > least ? ' or more' : ''} ${least === 1 && most === 1 ? 'number' : 'numbers'}`
    throw new Mistake(`Math.${name} takes ${takes} and is given ${args.length}`, at)
  }
  return applied(name, args.map(numberIn), at)
}
const isMathFunction = (name: string): name is MathFunction => Object.hasOwn(mathFunctions, name)

function readOfNumber(reading: Reading, scope: Scope, at: number): Expression {
  const name = readMember(reading, 'Number', at)
  const value = numberConstants.get(name)
  if (value !== undefined) return constant(value, at)
  if (name === 'isNaN' || name === 'isFinite') return test(name, readArguments(reading, scope), at)
  throw new Mistake(
    `Number.${name} is not compiled: there is isNaN, isFinite, ${[...numberConstants.keys()].join(', ')}`,
    at,
  )
}

function readMember({ cursor }: Reading, of: string, at: number): string {
  if (!cursor.accept('.')) throw new Mistake(`${of} is no number: name what of it is meant, with a dot`, at)
  return cursor.takeName().text
}

function test(name: 'isNaN' | 'isFinite', args: readonly Expression[], at: number): Expression {
  if (args.length === 1) return applied(name, args.map(numberIn), at, 'condition')
  throw new Mistake(`${name} takes 1 number and is given ${args.length}`, at)
}

function readArguments(reading: Reading, scope: Scope): readonly Expression[] {
  const { cursor } = reading
  const args: Expression[] = []
  cursor.expect('(')
  while (!cursor.accept(')')) {
    args.push(numberIn(readExpression(reading, scope)))
    if (!cursor.is(')')) cursor.expect(',')
  }
  return args
}

function called(of: Expression, args: readonly Expression[]): Expression {
  if (of.kind === 'outside') return { kind: 'call', path: of.path, args, gives: 'number', at: of.at }
  throw new Mistake('a number cannot be called: only functions of Math and scalar functions can', of.at)
}
