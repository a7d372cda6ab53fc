import { checkedNeighbours, kthSquares } from './neighbours.ts'
import { type Points, pairOf, type Rows } from './points.ts'
import { squaresFrom } from './squares.ts'

export interface ManifoldOptions {
  /** Which neighbour a ball reaches to. Default 3, that of the paper. */
  readonly k?: number
}

export interface PrecisionRecall {
  /** The share of the points that lie on the manifold of the reference: are they plausible? */
  readonly precision: number
  /** The share of the reference that lies on the manifold of the points: do they cover it? */
  readonly recall: number
  readonly k: number
}

/**
 * Precision and recall of `points`, [n, d], against `reference`, [m, d], in a space of features: the manifold of a set
 * is the union of balls around its points that reach to their k-th nearest neighbours in the set. Both are below 1 for
 * samples of one distribution and depend on n and m: read them beside those of a second sample of the reference. One
 * point far from all others has a ball that holds much of the space. O((n + m)^2) time.
 *
 * Source: Kynkaanniemi et al., "Improved precision and recall metric for assessing generative models", arXiv 1904.06991
 * (k = 3).
 */
export const precisionRecall = (
  points: Points,
  reference: Points,
  { k = 3 }: ManifoldOptions = {},
): PrecisionRecall => {
  const names = ['the points', 'the reference'] as const
  const [a, b] = pairOf(points, reference, 'precisionRecall', names, 2)
  for (const [rows, name] of [[a, names[0]] as const, [b, names[1]] as const]) {
    checkedNeighbours(k, rows.n - 1, 'precisionRecall', name)
  }
  return { precision: shareInside(a, b, k), recall: shareInside(b, a, k), k }
}

/** The share of `rows` that lie in a ball of `base`. */
const shareInside = (rows: Rows, base: Rows, k: number): number => {
  const radii = kthSquares(base, base, k, true)
  const squares = new Float64Array(base.n)
  let inside = 0
  for (let i = 0; i < rows.n; i += 1) {
    squaresFrom(rows, i, base, 0, squares)
    let j = 0
    while (j < base.n && squares[j]! > radii[j]!) j += 1
    if (j < base.n) inside += 1
  }
  return inside / rows.n
}
