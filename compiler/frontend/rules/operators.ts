import type { ts } from 'ts-morph'
import { bare, type Language } from '../language.ts'
import { type Rule, shown } from './rule.ts'

/** Operators of JavaScript on tensors: arithmetic and order need numbers, which there are none of while a program is traced, and === compares objects. */
export const operators: Rule = (language, node, report) => {
  const { ts } = language
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    if (mayBeTensor(language, node.operand) && language.isTensor(node.operand))
      report(
        node,
        'FX2002',
        `-${shown(node.operand)} negates a tensor with an operator`,
        `write ${shown(node.operand)}.neg()`,
      )
    return
  }
  if (!ts.isBinaryExpression(node)) return
  const method = methodOf(ts, node.operatorToken.kind)
  if (method === undefined || isAbsence(language, node.left) || isAbsence(language, node.right)) return
  const isTensor = (side: ts.Expression): boolean => mayBeTensor(language, side) && language.isTensor(side)
  const [left, right] = [node.left, node.right]
  const leftIs = isTensor(left)
  if (!leftIs && !isTensor(right)) return
  const isIdentity = method === 'equal' || method === 'notEqual'
  report(
    node,
    'FX2002',
    isIdentity
      ? `${shown(node)} compares tensors as objects, not their elements`
      : `${shown(node)} applies an operator to a tensor, which has no value while a program is traced`,
    leftIs ? `write ${shown(left)}.${method}(${shown(right)})` : `use the method ${method} of tensors`,
  )
}

function methodOf(ts: Language['ts'], operator: ts.SyntaxKind): string | undefined {
  const K = ts.SyntaxKind
  switch (operator) {
    case K.LessThanToken:
      return 'less'
    case K.LessThanEqualsToken:
      return 'lessEqual'
    case K.GreaterThanToken:
      return 'greater'
    case K.GreaterThanEqualsToken:
      return 'greaterEqual'
    case K.EqualsEqualsToken:
    case K.EqualsEqualsEqualsToken:
      return 'equal'
    case K.ExclamationEqualsToken:
    case K.ExclamationEqualsEqualsToken:
      return 'notEqual'
    case K.PlusToken:
    case K.PlusEqualsToken:
      return 'add'
    case K.MinusToken:
    case K.MinusEqualsToken:
      return 'sub'
    case K.AsteriskToken:
    case K.AsteriskEqualsToken:
      return 'mul'
    case K.SlashToken:
    case K.SlashEqualsToken:
      return 'div'
    case K.PercentToken:
      return 'rem'
    case K.AsteriskAsteriskToken:
      return 'pow'
    default:
      return undefined
  }
}

/** Beside undefined and null a comparison asks whether something is there; beside a text + makes a text. */
function isAbsence({ ts }: Language, node: ts.Expression): boolean {
  return (
    (ts.isIdentifier(node) && node.text === 'undefined') ||
    node.kind === ts.SyntaxKind.NullKeyword ||
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    ts.isTypeOfExpression(node)
  )
}

/** Without looking at types, which takes time. */
function mayBeTensor(language: Language, given: ts.Expression): boolean {
  const { ts } = language
  const node = bare(language, given)
  if (ts.isPropertyAccessExpression(node)) return node.name.text !== 'length' && node.name.text !== 'size'
  return ts.isIdentifier(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)
}
