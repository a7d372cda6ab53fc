import type { Source } from '../compiler/ir/graph.ts'
import type { Extents, Shape } from './shape/dim.ts'
import type { DType } from './shape/dtype.ts'
import { fits } from './shape/fit.ts'
import { misfitOf, missing } from './shape/misfit.ts'
import { extentsOf, type Held } from './trace/held.ts'
import { fail } from './trace/trace.ts'
import { isTensor, type TracedTensor } from './traced-tensor.ts'
import { type LeafAt, leavesOf, malformed, partAt } from './tree.ts'

/** The tensors of a tree, each with its path. */
export function tensorsOf(tree: unknown, what: string, frame?: Source['frame']): readonly LeafAt<TracedTensor>[] {
  const wrong = malformed(tree, isTensor)
  if (wrong) throw fail(`type error: ${nameOf(what, wrong.path)} ${wrong.why}`, frame)
  return leavesOf(tree, isTensor, (path) => {
    throw fail(`type error: ${nameOf(what, path)} is not a tensor`, frame)
  })
}

export interface Needed {
  readonly shape: Shape | Extents
  readonly dtype: DType
  readonly fits: (given: Extents) => boolean
}

/**
 * The tensor at a path of a tree that should hold one like `needed`. Messages call the tree `what`, or nothing, and the
 * tensor by its path in it.
 */
export function tensorIn(
  tree: unknown,
  path: string,
  what: string,
  needed: Needed,
  frame?: Source['frame'],
): TracedTensor {
  const keys = path === '' ? [] : path.split('.')
  const upTo = keys.map((_, i) => keys.slice(0, i + 1).join('.'))
  const gap = upTo.find((part) => partAt(tree, part) === undefined)
  if (gap !== undefined) throw fail(missing(nameOf(what, gap)), frame)
  const found = partAt(tree, path)
  const given = isTensor(found) ? { shape: extentsOf(found), dtype: found.dtype } : undefined
  const complaint = misfitOf(nameOf(what, path), needed, given, needed.fits)
  if (complaint !== undefined) throw fail(complaint, frame)
  return found as TracedTensor
}

/** What another tensor must be to stand beside this one. */
export function likeness(tensor: Pick<Held, 'value' | 'shape' | 'dtype'>): Needed {
  const shape = extentsOf(tensor)
  return { shape, dtype: tensor.dtype, fits: (given) => fits(given, shape) }
}

const nameOf = (what: string, path: string): string => [what, path].filter((word) => word !== '').join('.')
