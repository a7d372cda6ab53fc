import type { Tree } from './plan.ts'

/** The leaves in order: of a record in the order of its fields. */
export function leavesOf<Leaf>(tree: Tree<Leaf>): readonly Leaf[] {
  if ('leaf' in tree) return [tree.leaf]
  if ('list' in tree) return tree.list.flatMap(leavesOf)
  return Object.values(tree.record).flatMap(leavesOf)
}

/** The same tree with other leaves. */
export function mapTree<A, B>(tree: Tree<A>, change: (leaf: A) => B): Tree<B> {
  if ('leaf' in tree) return { leaf: change(tree.leaf) }
  if ('list' in tree) return { list: tree.list.map((part) => mapTree(part, change)) }
  return { record: Object.fromEntries(Object.entries(tree.record).map(([key, part]) => [key, mapTree(part, change)])) }
}

/** Nested records and lists with leaves among them, as a tree that says what each node is. */
export function treeOf<Leaf>(nested: unknown, isLeaf: (x: unknown) => x is Leaf): Tree<Leaf> {
  if (isLeaf(nested)) return { leaf: nested }
  if (Array.isArray(nested)) return { list: nested.map((part) => treeOf(part, isLeaf)) }
  const parts = Object.entries(nested as object).map(([name, part]) => [name, treeOf(part, isLeaf)] as const)
  return { record: Object.fromEntries(parts) }
}
