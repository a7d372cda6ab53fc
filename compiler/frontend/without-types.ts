import type { ts } from 'ts-morph'
import type { Morph } from './load-sources.ts'

type Stretch = readonly [from: number, to: number]

/**
 * The JavaScript of a function, with spaces where it has types, so that everything stays in its place; undefined where
 * more than types makes it TypeScript.
 */
export function withoutTypes(ts: Morph['ts'], fn: ts.Node, file: ts.SourceFile): string | undefined {
  const start = fn.getStart(file)
  const types: Stretch[] = []
  let isMore = false
  const enter = (node: ts.Node): void => {
    if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) types.push([node.getStart(file), node.end])
    isMore ||= ts.isEnumDeclaration(node) || (ts.isParameter(node) && node.name.getText(file) === 'this')
    if (ts.isTypeNode(node) || ts.isTypeElement(node)) return
    types.push(...typesOf(ts, node, file))
    ts.forEachChild(node, enter)
  }
  enter(fn)
  if (isMore) return undefined
  return types.reduce(
    (text, [from, to]) =>
      text.slice(0, from - start) +
      text.slice(from - start, to - start).replace(/[^\n]/g, ' ') +
      text.slice(to - start),
    file.text.slice(start, fn.end),
  )
}

/** Where a node has types of its own. */
function typesOf(ts: Morph['ts'], node: ts.Node, file: ts.SourceFile): readonly Stretch[] {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node))
    return [[node.expression.end, node.end]]
  if (ts.isTypeAssertionExpression(node)) return [[node.getStart(file), node.expression.getStart(file)]]
  if (ts.isCallExpression(node)) return listed(node.typeArguments)
  if (ts.isFunctionLike(node)) return [...listed(node.typeParameters), ...afterColon(node.type)]
  if (ts.isParameter(node)) return [...marked(node.questionToken), ...afterColon(node.type)]
  if (ts.isVariableDeclaration(node)) return [...marked(node.exclamationToken), ...afterColon(node.type)]
  return []
}

const afterColon = (type: ts.Node | undefined): readonly Stretch[] => (type ? [[type.pos - 1, type.end]] : [])
const marked = (mark: ts.Node | undefined): readonly Stretch[] => (mark ? [[mark.end - 1, mark.end]] : [])
const listed = (types: ts.NodeArray<ts.Node> | undefined): readonly Stretch[] =>
  types ? [[types.pos - 1, types.end + 1]] : []
