import { declaredBy } from './scopes.ts'
import { childrenOf, type Node, nameOf, nodeIn, nodesIn } from './syntax.ts'

/** What a module calls something that it imports from 'fluxion'. */
export interface Imported {
  readonly original: string
  /** Its own names here. */
  readonly names: ReadonlySet<string>
  /** The names of all of 'fluxion'. */
  readonly namespaces: ReadonlySet<string>
}

export function importedFrom(module: Node, original: string): Imported {
  const specifiers = nodesIn(module, 'body')
    .filter((node) => node.type === 'ImportDeclaration' && nameOf(nodeIn(node, 'source')) === 'fluxion')
    .flatMap((node) => nodesIn(node, 'specifiers'))
  const locals = (isWanted: (specifier: Node) => boolean) =>
    new Set(specifiers.filter(isWanted).flatMap((specifier) => nameOf(nodeIn(specifier, 'local')) ?? []))
  return {
    original,
    names: locals((one) => one.type === 'ImportSpecifier' && nameOf(nodeIn(one, 'imported')) === original),
    namespaces: locals((one) => one.type === 'ImportNamespaceSpecifier'),
  }
}

/** A call, and the variable that holds what it gives, where one does. */
export interface Call {
  readonly call: Node
  readonly holder: string | undefined
}

/** The calls of what is imported, under whatever name, in the order of the module. */
export function callsOf(module: Node, imported: Imported): readonly Call[] {
  if (imported.names.size === 0 && imported.namespaces.size === 0) return []
  const found: Call[] = []
  const visit = (node: Node, hidden: ReadonlySet<string>, holder: string | undefined): void => {
    const inner = new Set([...hidden, ...declaredBy(node)])
    if (isCallOf(node, imported, inner)) found.push({ call: node, holder })
    const held = heldBy(node)
    for (const child of childrenOf(node)) visit(child, inner, child === held?.value ? held.name : undefined)
  }
  visit(module, new Set(), undefined)
  return found.sort((a, b) => a.call.start - b.call.start)
}

/** The variable that a node gives a value: `const a = value`, `a = value`. */
function heldBy(node: Node): { readonly name: string; readonly value: Node } | undefined {
  const [to, from] = node.type === 'VariableDeclarator' ? ['id', 'init'] : ['left', 'right']
  if (node.type !== 'VariableDeclarator' && !(node.type === 'AssignmentExpression' && node.operator === '='))
    return undefined
  const variable = nodeIn(node, to)
  const value = nodeIn(node, from)
  return variable?.type === 'Identifier' && value ? { name: nameOf(variable)!, value } : undefined
}

function isCallOf(node: Node, { original, names, namespaces }: Imported, hidden: ReadonlySet<string>): boolean {
  const callee = node.type === 'CallExpression' ? nodeIn(node, 'callee') : undefined
  if (callee?.type === 'Identifier') return isVisible(callee, names, hidden)
  if (callee?.type !== 'MemberExpression') return false
  const [object, property] = [nodeIn(callee, 'object'), nodeIn(callee, 'property')]
  // program and ['program'], but not [program].
  const isNamed = nameOf(property) === original && (property?.type === 'Literal') === callee.computed
  return isNamed && object?.type === 'Identifier' && isVisible(object, namespaces, hidden)
}

const isVisible = (identifier: Node, names: ReadonlySet<string>, hidden: ReadonlySet<string>): boolean =>
  names.has(nameOf(identifier)!) && !hidden.has(nameOf(identifier)!)
