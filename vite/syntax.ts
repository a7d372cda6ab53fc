/** A node of the ESTree that Vite parses: its type, where it stands, and fields by name. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export const isNode = (x: unknown): x is Node =>
  typeof x === 'object' && x !== null && 'type' in x && typeof x.type === 'string'

/** A field that holds a node, or nothing. */
export const nodeIn = (node: Node, field: string): Node | undefined => {
  const value = node[field]
  return isNode(value) ? value : undefined
}
/** A field that holds a list of nodes. */
export const nodesIn = (node: Node, field: string): readonly Node[] => {
  const value = node[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The nodes below a node, in no order that matters. */
export const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []))

export const isFunction = ({ type }: Node): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression'

/**
 * The name of an identifier, or the text of a string: `program` and `'program'` mean the same where names are imported
 * and read.
 */
export function nameOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return String(node.name)
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}
