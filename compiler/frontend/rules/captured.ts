import type { ts } from 'ts-morph'
import { type Language, meant } from '../language.ts'
import type { Rule } from './rule.ts'

/** What the language takes as numbers that are written into a program. */
const most = 64

/** `tensor(...)` of more numbers than a program takes: they would be compiled into its kernels. */
export const captured: Rule = (language, node, report) => {
  const { ts } = language
  if (!ts.isCallExpression(node) || node.arguments.length === 0) return
  if (!isNamed(ts, node.expression, 'tensor')) return
  const numbers = countIn(language, node.arguments[0]!)
  if (numbers === undefined || numbers <= most || !language.isFunction(node.expression, 'tensor', 'literal')) return
  report(
    node,
    'FX2006',
    `type error: tensor: ${numbers} numbers are too many to write into a program, which takes ${most}; make them an input`,
  )
}

const isNamed = (ts: Language['ts'], node: ts.Expression, name: string): boolean =>
  (ts.isIdentifier(node) && node.text === name) || (ts.isPropertyAccessExpression(node) && node.name.text === name)

/**
 * How many numbers an array of arrays has, or a typed array that is made of one; undefined where that is not written
 * down.
 */
function countIn(language: Language, given: ts.Expression): number | undefined {
  const { ts } = language
  const node = meant(language, given)
  if (ts.isArrayLiteralExpression(node)) {
    const counts = node.elements.map((element) => countIn(language, element))
    return counts.reduce<number | undefined>(
      (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
      0,
    )
  }
  if (ts.isNumericLiteral(node) || ts.isPrefixUnaryExpression(node)) return 1
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return 1
  return undefined
}
