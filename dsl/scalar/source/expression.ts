import type { MathFunction } from './functions.ts'
import { Mistake } from './mistake.ts'

/**
 * What an expression gives: conditions are what comparisons give, and what ? and if ask for. Nothing is what may stand
 * before a comma only, where its value is dropped.
 */
export type Kind = 'number' | 'condition' | 'nothing'

/** As JavaScript writes them; 'neg' is the minus before an operand. == is === here, as there are only numbers. */
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '**'
export type Comparison = '<' | '<=' | '>' | '>=' | '===' | '!=='
export type Operation = Arithmetic | Comparison | '&&' | '||' | '!' | 'neg' | 'isNaN' | 'isFinite' | MathFunction

/**
 * A scalar function as an expression. Statements have become choices and lets, and names are numbers of parameters and
 * constants, so that equal names cannot be mixed up.
 */
export type Expression =
  | Of<'constant', { readonly value: number | boolean }>
  /** A parameter or a constant: parameters count first. */
  | Of<'local', { readonly index: number }>
  /** What stands outside of the function: a name, or `rates.k`. */
  | Of<'outside', { readonly path: string }>
  | Of<'apply', { readonly operation: Operation; readonly args: readonly Expression[] }>
  /** Another scalar function. */
  | Of<'call', { readonly path: string; readonly args: readonly Expression[] }>
  | Of<'choice', { readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression }>
  | Of<'let', { readonly index: number; readonly value: Expression; readonly body: Expression }>

type Of<Name extends string, Fields> = Fields & {
  readonly kind: Name
  readonly gives: Kind
  /** Where it begins in the source. */
  readonly at: number
}

/** A scalar function that has been read. */
export interface ScalarSource {
  readonly text: string
  /** How many numbers it takes. */
  readonly takes: number
  readonly body: Expression
}

const asCondition = 'a number is used as a condition: write x !== 0'

/** The expression, which has to have a value. */
export function valueIn(expression: Expression): Expression {
  if (expression.gives === 'nothing') throw new Mistake(asCondition, expression.at)
  return expression
}

/** The expression, which has to be a number. */
export function numberIn(expression: Expression): Expression {
  if (valueIn(expression).gives === 'number') return expression
  throw new Mistake('a condition is used as a number: write c ? 1 : 0', expression.at)
}

/** The expression, which has to be a condition. Minifiers write true as 1. */
export function conditionIn(expression: Expression): Expression {
  if (expression.gives === 'condition') return expression
  if (isBit(expression)) return { ...expression, value: expression.value === 1, gives: 'condition' }
  throw new Mistake(asCondition, expression.at)
}

export const isBit = (expression: Expression): expression is Extract<Expression, { kind: 'constant' }> =>
  expression.kind === 'constant' && (expression.value === 0 || expression.value === 1)

export const applied = (
  operation: Operation,
  args: readonly Expression[],
  at: number,
  gives: Kind = 'number',
): Expression => ({ kind: 'apply', operation, args, gives, at })

export const constant = (value: number, at: number): Expression => ({ kind: 'constant', value, gives: 'number', at })

/**
 * One of two numbers, or of two conditions; nothing where one of them is nothing, which is then what is wrong where a
 * value is asked for.
 */
export function choice(test: Expression, then: Expression, otherwise: Expression): Expression {
  const nothing = [then, otherwise].find(({ gives }) => gives === 'nothing')
  if (!nothing && then.gives !== otherwise.gives) [then, otherwise].map(numberIn)
  const { gives, at } = nothing ?? { gives: then.gives, at: test.at }
  return { kind: 'choice', condition: conditionIn(test), then, otherwise, gives, at }
}

/** Where a source names something outside of it. */
export interface Mention {
  readonly path: string
  /** The last part of the path: what it is called in `uses`. */
  readonly name: string
  readonly at: number
  /** How many numbers it is given, where it is called. */
  readonly given: number | undefined
}

/** All that an expression names outside of it, in the order of the source. */
export function mentionsIn(body: Expression): readonly Mention[] {
  const seen = new Set<Expression>()
  const found: Mention[] = []
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return
    seen.add(expression)
    if (expression.kind === 'outside' || expression.kind === 'call') {
      const { path, at } = expression
      const given = expression.kind === 'call' ? expression.args.length : undefined
      found.push({ path, name: nameOfPath(path), at, given })
    }
    partsOf(expression).forEach(visit)
  }
  visit(body)
  return found.sort((a, b) => a.at - b.at)
}

export const nameOfPath = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/** The expressions that one is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'apply':
    case 'call':
      return expression.args
    case 'choice':
      return [expression.condition, expression.then, expression.otherwise]
    case 'let':
      return [expression.value, expression.body]
    default:
      return []
  }
}
