import { checkOf, forSize, type RuleOf } from './collapse-check.ts'
import { type KnnMeasured, knnLogDistance, knnLogDistanceWithin } from './knn.ts'
import { type Points, samplerOf } from './points.ts'
import { streamFor } from './streams.ts'

/**
 * How near points are to the reference, against how near its own points are to the others of it. Points that are c
 * times too narrow are nearer by (1 - c^2) / 2 on a log scale, in any number of dimensions.
 *
 * One point has m neighbours to choose from where those of the reference have m - 1, which is worth psi(m + 1) - psi(m)
 * = 1 / m in log volume. The noise is that of two means: over n points, and over m of the reference, which are each
 * other's neighbours and so count for half.
 */
export const neighbourRule: RuleOf = ({ target, reference: given, k = 5, margin = 0.05, seed = 0 }) => {
  const referenceOf = forSize((size) => {
    const reference = given ?? (target && samplerOf(target)(streamFor('reference', seed), size))
    let own: KnnMeasured | undefined
    // Of the reference, once points have been held to it.
    return reference && { reference, own: () => (own ??= distancesWithin(reference, k)) }
  })
  return ({ points }) => {
    if (points === undefined) return []
    const n = points.data.length / points.dimension
    const held = referenceOf(given ? 0 : referenceSize(n))
    if (held === undefined) return []
    const found = knnLogDistance(points, held.reference, { k })
    const own = held.own()
    const m = held.reference.data.length / held.reference.dimension
    const noise = own.standardError * Math.sqrt(m / n + 2)
    return [
      checkOf({
        rule: 'neighbours',
        value: found.value,
        expected: own.value - 1 / (m * points.dimension),
        noise,
        reach: 4 * noise,
        allowed: margin,
        name: `The mean log distance to neighbour ${k} in the reference`,
        meaning: 'The points are where the reference is dense, or are copies of its points.',
      }),
    ]
  }
}

const distancesWithin = (reference: Points, k: number): KnnMeasured => {
  const own = knnLogDistanceWithin(reference, { k })
  if (!Number.isFinite(own.value)) {
    throw new Error(
      `collapseAlarm: some points of the reference are equal to ${k} others, so distances to them say nothing: leave out what is there twice, or take a k above ${k}`,
    )
  }
  return own
}

/** Enough for a small set, and not so many that a large one has to wait. */
const referenceSize = (n: number): number => Math.min(5000, Math.max(1000, n))
