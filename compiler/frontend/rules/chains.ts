import type { ts } from 'ts-morph'
import { type Language, meant } from '../language.ts'

/** A call of a method of a tensor: `receiver.name(args)`. */
export interface MethodCall {
  readonly node: ts.CallExpression
  readonly name: string
  readonly receiver: ts.Expression
  readonly args: readonly ts.Expression[]
}

/**
 * The method call that an expression is, or that the constant it names is; undefined for anything else. Whether its
 * receiver is a tensor is not looked at.
 */
export function methodCall(language: Language, given: ts.Expression): MethodCall | undefined {
  const { ts } = language
  const node = meant(language, given)
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  return { node, name: node.expression.name.text, receiver: node.expression.expression, args: [...node.arguments] }
}

/** The call of this method that an expression is. */
export function callOf(language: Language, given: ts.Expression, name: string): MethodCall | undefined {
  const call = methodCall(language, given)
  return call?.name === name ? call : undefined
}

/** The expression without the methods around it that only move elements or change their type. */
export function unmoved(language: Language, given: ts.Expression): ts.Expression {
  const call = methodCall(language, given)
  return call && moves.has(call.name) ? unmoved(language, call.receiver) : given
}

const moves = new Set(['expand', 'squeeze', 'reshape', 'broadcastTo', 'transpose', 'permute', 'as', 'cast', 'flatten'])

/** Whether two expressions are the same words: the same constant, or the same chain. */
export const sameWords = (language: Language, a: ts.Expression, b: ts.Expression): boolean =>
  words(meant(language, a)) === words(meant(language, b))
const words = (node: ts.Node): string => node.getText().replace(/\s+/g, '')

/** The number that an expression is, where it is written down. */
export function numberIn({ ts }: Language, node: ts.Expression | undefined): number | undefined {
  if (node === undefined) return undefined
  if (ts.isNumericLiteral(node)) return Number(node.text)
  const isMinus = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken
  return isMinus && ts.isNumericLiteral(node.operand) ? -Number(node.operand.text) : undefined
}
