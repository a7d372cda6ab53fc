/** Nested records and tuples with leaves of one kind. The order of leaves is that of the keys, depth first. */
export type Tree<T> = T | { readonly [key: string]: Tree<T> } | readonly Tree<T>[]

export interface LeafAt<T> {
  /** Keys joined by dots: 'params.0.weight'; empty for a tree that is one leaf. */
  readonly path: string
  readonly leaf: T
}

type Branch = { readonly [key: string]: unknown }
/** A plain record or a tuple. */
export const isBranch = (x: unknown): x is Branch =>
  typeof x === 'object' &&
  x !== null &&
  (Array.isArray(x) || [Object.prototype, null].includes(Object.getPrototypeOf(x)))

const below = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/**
 * The leaves in order. `stray` gets whatever is neither a leaf nor a record, and says what to do about it by throwing.
 */
export function leavesOf<T>(
  tree: unknown,
  isLeaf: (x: unknown) => x is T,
  stray: (path: string) => never,
  path = '',
): readonly LeafAt<T>[] {
  if (isLeaf(tree)) return [{ path, leaf: tree }]
  if (!isBranch(tree)) return stray(path)
  return Object.keys(tree).flatMap((key) => leavesOf(tree[key], isLeaf, stray, below(path, key)))
}

export interface Malformed {
  readonly path: string
  readonly why: string
}
/** What keeps records from being a tree whose leaves have paths of their own, if anything does. */
export function malformed(
  tree: unknown,
  isLeaf: (x: unknown) => boolean,
  path = '',
  above: readonly unknown[] = [],
): Malformed | undefined {
  if (isLeaf(tree) || !isBranch(tree)) return undefined
  if (above.includes(tree)) return { path, why: 'is a record that contains itself' }
  const within = [...above, tree]
  for (const [key, part] of Object.entries(tree)) {
    if (key === '' || key.includes('.'))
      return {
        path,
        why: `has the name '${key}'; dots join names into paths, so write one that is not empty and has none`,
      }
    const inside = malformed(part, isLeaf, below(path, key), within)
    if (inside) return inside
  }
  return undefined
}

/** The same tree with each leaf replaced. */
export function mapTree<T>(
  tree: unknown,
  isLeaf: (x: unknown) => x is T,
  leafAt: (leaf: T, path: string) => unknown,
  path = '',
): unknown {
  if (isLeaf(tree)) return leafAt(tree, path)
  if (!isBranch(tree)) return tree
  if (Array.isArray(tree)) return tree.map((part, i) => mapTree(part, isLeaf, leafAt, below(path, `${i}`)))
  return Object.fromEntries(Object.keys(tree).map((key) => [key, mapTree(tree[key], isLeaf, leafAt, below(path, key))]))
}

/** The same tree with its leaves replaced, in order, by as many others. */
export function withLeaves<T>(tree: unknown, isLeaf: (x: unknown) => x is T, leaves: readonly unknown[]): unknown {
  let next = 0
  return mapTree(tree, isLeaf, () => leaves[next++])
}

/** What stands at a path; undefined where nothing does. */
export const partAt = (tree: unknown, path: string): unknown =>
  path === ''
    ? tree
    : path.split('.').reduce<unknown>((at, key) => (isBranch(at) && Object.hasOwn(at, key) ? at[key] : undefined), tree)

/** The same tree with the part at a path replaced. */
export function replaceAt(tree: unknown, path: string, part: unknown): unknown {
  if (path === '') return part
  const [key, ...rest] = path.split('.') as [string, ...string[]]
  const inner = replaceAt((tree as Branch)[key], rest.join('.'), part)
  return Array.isArray(tree)
    ? tree.map((before, i) => (`${i}` === key ? inner : before))
    : { ...(tree as Branch), [key]: inner }
}
