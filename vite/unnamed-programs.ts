import { declaredBy } from './scopes.ts'
import { childrenOf, type Node, nameOf, nodeIn, nodesIn } from './syntax.ts'

/** Text to be put in at an offset of the source. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/**
 * What gives every program of a module the name of its variable: `const a = program(inputs, body)` becomes `const a = program(inputs, body, { name: 'a' })`. Only calls of what the module imports
 * from 'fluxion' are meant, under whatever name; a call that has a name, or options that cannot be read here, stays as it is.
 */
export function nameInsertions(module: Node, code: string): readonly Insertion[] {
  const imported = importsIn(module)
  if (imported.programs.size === 0 && imported.namespaces.size === 0) return []
  const found: Insertion[] = []
  const visit = (node: Node, hidden: ReadonlySet<string>): void => {
    const inner = new Set([...hidden, ...declaredBy(node)])
    const held = heldBy(node)
    if (held && isProgramCall(held.value, imported, inner)) {
      const insertion = naming(held.value, held.name, code)
      if (insertion) found.push(insertion)
    }
    for (const child of childrenOf(node)) visit(child, inner)
  }
  visit(module, new Set())
  return found.sort((a, b) => a.at - b.at)
}

interface Imported {
  /** What `program` is called here. */
  readonly programs: ReadonlySet<string>
  /** What all of 'fluxion' is called here. */
  readonly namespaces: ReadonlySet<string>
}

function importsIn(module: Node): Imported {
  const specifiers = nodesIn(module, 'body')
    .filter((node) => node.type === 'ImportDeclaration' && nameOf(nodeIn(node, 'source')) === 'fluxion')
    .flatMap((node) => nodesIn(node, 'specifiers'))
  const locals = (isWanted: (specifier: Node) => boolean) =>
    new Set(specifiers.filter(isWanted).flatMap((specifier) => nameOf(nodeIn(specifier, 'local')) ?? []))
  return {
    programs: locals((one) => one.type === 'ImportSpecifier' && nameOf(nodeIn(one, 'imported')) === 'program'),
    namespaces: locals((one) => one.type === 'ImportNamespaceSpecifier'),
  }
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

function isProgramCall(node: Node, { programs, namespaces }: Imported, hidden: ReadonlySet<string>): boolean {
  const callee = node.type === 'CallExpression' ? nodeIn(node, 'callee') : undefined
  if (callee?.type === 'Identifier') return isVisible(callee, programs, hidden)
  if (callee?.type !== 'MemberExpression') return false
  const [object, property] = [nodeIn(callee, 'object'), nodeIn(callee, 'property')]
  // program and ['program'], but not [program].
  const isNamed = nameOf(property) === 'program' && (property?.type === 'Literal') === callee.computed
  return isNamed && object?.type === 'Identifier' && isVisible(object, namespaces, hidden)
}

const isVisible = (identifier: Node, names: ReadonlySet<string>, hidden: ReadonlySet<string>): boolean =>
  names.has(nameOf(identifier)!) && !hidden.has(nameOf(identifier)!)

function naming(call: Node, name: string, code: string): Insertion | undefined {
  const given = nodesIn(call, 'arguments')
  const [, body, options] = given
  if (!body || given.length > 3 || given.some(({ type }) => type === 'SpreadElement')) return undefined
  if (!options)
    return { at: call.end - 1, text: `${endsInComma(code, body.end, call.end - 1) ? ' ' : ', '}{ name: '${name}' }` }
  if (options.type !== 'ObjectExpression' || nodesIn(options, 'properties').length > 0) return undefined
  return { at: options.start + 1, text: ` name: '${name}' ` }
}

/** Whether there is a comma between the last argument and the end of its list, where only parentheses and comments may stand. */
const endsInComma = (code: string, from: number, to: number): boolean =>
  code
    .slice(from, to)
    .replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
    .includes(',')
