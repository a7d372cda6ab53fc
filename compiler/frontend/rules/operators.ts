import type { ts } from 'ts-morph'
import { bare, type Language } from '../language.ts'
import type { Reported } from '../type-errors.ts'
import { type Rule, shown } from './rule.ts'

/**
 * Where TypeScript refuses an operator, or one side of it: the beginnings of expressions, as 'line:column', by files.
 */
export type Refused = ReadonlyMap<string, ReadonlySet<string>>

export function refusedOperators(errors: readonly Reported[]): Refused {
  const refused = new Map<string, Set<string>>()
  for (const { file, line, column, number } of errors) {
    if (!refusals.has(number)) continue
    const places = refused.get(file) ?? new Set()
    refused.set(file, places.add(`${line}:${column}`))
  }
  return refused
}

/**
 * The left side of an arithmetic operation, the right side, operands of such types, a comparison of what has nothing in
 * common.
 */
const refusals: ReadonlySet<number> = new Set([2362, 2363, 2365, 2367])

/**
 * Operators of JavaScript on tensors: arithmetic and order need numbers, which there are none of while a program is
 * traced, and === compares objects. Most of it TypeScript refuses: whether there are tensors on a side is asked of what
 * it refused, and of what it allows. To ask it of every operator of a project would infer the types of all that it
 * computes.
 */
export const operators =
  (refused: Refused): Rule =>
  (language, node, report) => {
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
    const { left, right } = node
    const method = methodOf(ts, node.operatorToken.kind)
    if (method === undefined || isAbsence(language, left) || isAbsence(language, right)) return
    const isTensor = (side: ts.Expression): boolean => mayBeTensor(language, side) && language.isTensor(side)
    const mayDiffer = isUnchecked(language, node) || isRefused(language, node, refused)
    if (!mayDiffer && !(comparisons.has(method) && mayBeTensor(language, left) && isTensor(right))) return
    const leftIs = isTensor(left)
    if (!leftIs && !(mayDiffer && isTensor(right))) return
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

/** What TypeScript allows of two tensors. */
const comparisons: ReadonlySet<string> = new Set(['less', 'lessEqual', 'greater', 'greaterEqual', 'equal', 'notEqual'])

/** TypeScript complains of nothing in a file of JavaScript. */
const isUnchecked = ({ ts }: Language, node: ts.Node): boolean => (node.flags & ts.NodeFlags.JavaScriptFile) !== 0

function isRefused({ ts }: Language, node: ts.BinaryExpression, refused: Refused): boolean {
  const file = node.getSourceFile()
  const places = refused.get(file.fileName)
  return (
    places !== undefined &&
    [node, node.left, node.right].some((part) => {
      const { line, character } = ts.getLineAndCharacterOfPosition(file, part.getStart(file))
      return places.has(`${line + 1}:${character + 1}`)
    })
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
