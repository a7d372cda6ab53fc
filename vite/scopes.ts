import { childrenOf, isFunction, type Node, nameOf, nodeIn, nodesIn } from './syntax.ts'

/**
 * The names that a node declares for what stands in it; empty where it is no scope. The module's own names are none of
 * them.
 */
export function declaredBy(node: Node): ReadonlySet<string> {
  if (isFunction(node)) {
    const own = node.type === 'FunctionExpression' ? namesIn(nodeIn(node, 'id')) : []
    return new Set(['arguments', ...own, ...nodesIn(node, 'params').flatMap(namesIn), ...hoisted(nodeIn(node, 'body'))])
  }
  switch (node.type) {
    case 'BlockStatement':
    case 'StaticBlock':
      return new Set(nodesIn(node, 'body').flatMap(lexical))
    case 'SwitchStatement':
      return new Set(nodesIn(node, 'cases').flatMap((one) => nodesIn(one, 'consequent').flatMap(lexical)))
    case 'ForStatement':
      return new Set(lexical(nodeIn(node, 'init')))
    case 'ForInStatement':
    case 'ForOfStatement':
      return new Set(lexical(nodeIn(node, 'left')))
    case 'CatchClause':
      return new Set(namesIn(nodeIn(node, 'param')))
    case 'ClassExpression':
      return new Set(namesIn(nodeIn(node, 'id')))
    default:
      return new Set()
  }
}

/** What a statement of a block declares for the block: all but `var`, which belongs to the function around it. */
function lexical(statement: Node | undefined): readonly string[] {
  if (statement?.type === 'VariableDeclaration') return statement.kind === 'var' ? [] : declarators(statement)
  const declares = statement?.type === 'FunctionDeclaration' || statement?.type === 'ClassDeclaration'
  return declares ? namesIn(nodeIn(statement, 'id')) : []
}

/** The `var`s of a function, however deep. */
function hoisted(node: Node | undefined): readonly string[] {
  if (!node || isFunction(node) || node.type === 'StaticBlock') return []
  const own = node.type === 'VariableDeclaration' && node.kind === 'var' ? declarators(node) : []
  return [...own, ...childrenOf(node).flatMap(hoisted)]
}

const declarators = (declaration: Node): readonly string[] =>
  nodesIn(declaration, 'declarations').flatMap((one) => namesIn(nodeIn(one, 'id')))

/** The names that a pattern binds: `{ a, b: [c = 1], ...rest }` binds a, c and rest. */
function namesIn(pattern: Node | undefined): readonly string[] {
  switch (pattern?.type) {
    case 'Identifier':
      return [nameOf(pattern)!]
    case 'ObjectPattern':
      return nodesIn(pattern, 'properties').flatMap((one) =>
        namesIn(one.type === 'RestElement' ? one : nodeIn(one, 'value')),
      )
    case 'ArrayPattern':
      return nodesIn(pattern, 'elements').flatMap(namesIn)
    case 'AssignmentPattern':
      return namesIn(nodeIn(pattern, 'left'))
    case 'RestElement':
      return namesIn(nodeIn(pattern, 'argument'))
    default:
      return []
  }
}
