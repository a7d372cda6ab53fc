import type { ts } from 'ts-morph'
import type { Language } from '../language.ts'
import { bare } from '../language.ts'
import type { Rule } from './rule.ts'
import { shown } from './rule.ts'

/**
 * Control flow of JavaScript that would need the numbers of a tensor: while a program is traced there are none, and an
 * object is always true. A tensor that may be missing may be tested for being there.
 */
export const controlFlow: Rule = (language, node, report) => {
  const tested = testOf(language.ts, node)
  if (!tested) return
  for (const part of operandsOf(language, tested.expression))
    if (language.isTensor(part) && !language.mayBeMissing(part))
      report(
        part,
        'FX2001',
        `${tested.what} asks whether ${shown(part)} is true, and it is a tensor, which has no value while a program is traced`,
        tested.help,
      )
}

interface Test {
  readonly what: string
  readonly expression: ts.Expression
  readonly help: string
}

const choose = 'choose elements with where(condition, a, b), or one of two computations with cond(condition, a, b)'
const loop = 'loop with whileLoop(condition, body, start, { maxSteps })'
const join = 'join conditions with a.and(b), a.or(b) and a.not()'

function testOf(ts: Language['ts'], node: ts.Node): Test | undefined {
  if (ts.isIfStatement(node)) return { what: 'if', expression: node.expression, help: choose }
  if (ts.isConditionalExpression(node)) return { what: '? :', expression: node.condition, help: choose }
  if (ts.isSwitchStatement(node)) return { what: 'switch', expression: node.expression, help: choose }
  if (ts.isWhileStatement(node) || ts.isDoStatement(node))
    return { what: 'while', expression: node.expression, help: loop }
  if (ts.isForStatement(node) && node.condition) return { what: 'for', expression: node.condition, help: loop }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return { what: '!', expression: node.operand, help: join }
  if (!ts.isBinaryExpression(node)) return undefined
  const operator = node.operatorToken.kind
  if (operator === ts.SyntaxKind.AmpersandAmpersandToken) return { what: '&&', expression: node.left, help: join }
  return operator === ts.SyntaxKind.BarBarToken ? { what: '||', expression: node.left, help: join } : undefined
}

/**
 * The parts whose truth is asked for: of a && b the right one, for the left one is asked for by && itself. What is
 * certainly no tensor is left out.
 */
function operandsOf(language: Language, given: ts.Expression): readonly ts.Expression[] {
  const { ts } = language
  const node = bare(language, given)
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind
    const joins = operator === ts.SyntaxKind.AmpersandAmpersandToken || operator === ts.SyntaxKind.BarBarToken
    return joins ? operandsOf(language, node.right) : []
  }
  const isName = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)
  return isName || ts.isCallExpression(node) ? [node] : []
}
