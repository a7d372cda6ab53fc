import type { ts } from 'ts-morph'
import { Mistake, readMentions } from '../../dsl/scalar/source/index.ts'
import { type Finding, findingAt, placeIn } from './finding.ts'
import { bare, type Language, meant } from './language.ts'
import { isFunction } from './rules/unused-parameters.ts'
import { withoutTypes } from './without-types.ts'

/**
 * The scalar functions of a file that cannot be compiled, each at the first place that is to blame: in the words of the
 * language, as the Vite plugin reports them, and where the function is written elsewhere in the file as well.
 */
export function scalarMistakes(language: Language, file: ts.SourceFile): readonly Finding[] {
  const { ts } = language
  if (!file.text.includes('scalar')) return []
  const found: Finding[] = []
  const enter = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && language.isFunction(node.expression, 'scalar', 'scalar'))
      found.push(...mistakeIn(language, node, file))
    ts.forEachChild(node, enter)
  }
  enter(file)
  return found
}

function mistakeIn(language: Language, call: ts.CallExpression, file: ts.SourceFile): readonly Finding[] {
  const { ts } = language
  const [given, options] = call.arguments
  const names = namesIn(ts, options)
  const fn = given && meant(language, given)
  if (!fn || !names || !isFunction(ts, fn)) return []
  try {
    const text = withoutTypes(ts, fn, file)
    if (text !== undefined) readMentions(text, holderOf(ts, call), names.includes('uses'))
    return []
  } catch (error) {
    if (!(error instanceof Mistake)) throw error
    const at = fn.getStart(file) + error.at
    const word = /^[\w$]+/.exec(file.text.slice(at))?.[0].length ?? 1
    return [findingAt(placeIn(file.fileName, file.text, at, word), 'FX1006', `source error: scalar: ${error.message}`)]
  }
}

/** The names of the options that a call is given; undefined where they cannot be read. */
function namesIn(ts: Language['ts'], options: ts.Expression | undefined): readonly string[] | undefined {
  if (!options) return []
  const node = bare({ ts }, options)
  if (!ts.isObjectLiteralExpression(node)) return undefined
  const names = node.properties.map(({ name }) =>
    name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined,
  )
  return names.every((name) => name !== undefined) ? names : undefined
}

/** The variable that holds what an expression gives: `const f = scalar(...)`, `f = scalar(...)`. */
function holderOf(ts: Language['ts'], node: ts.Expression): string | undefined {
  const { parent } = node
  if (ts.isVariableDeclaration(parent)) return ts.isIdentifier(parent.name) ? parent.name.text : undefined
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return parent.right === node && ts.isIdentifier(parent.left) ? parent.left.text : undefined
  return ts.isExpression(parent) && bare({ ts }, parent) === bare({ ts }, node) ? holderOf(ts, parent) : undefined
}
