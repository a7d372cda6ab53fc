import { type CollapseCheck, type CollapseInput, checkOf } from './collapse-check.ts'
import { knnLogDistance, knnLogDistanceWithin } from './knn.ts'
import { samplerOf } from './points.ts'
import { streamFor } from './streams.ts'

/**
 * How near points are to the reference, against how near its own points are to the others of it. Points that are c times too narrow are nearer by (1 - c^2) /
 * 2 on a log scale, in any number of dimensions.
 *
 * One point has m neighbours to choose from where those of the reference have m - 1, which is worth psi(m + 1) - psi(m) = 1 / m in log volume. The noise is
 * that of two means: over n points, and over m of the reference, which are each other's neighbours and so count for half.
 */
export const neighbourRule = ({
  points,
  target,
  k = 5,
  margin = 0.05,
  seed = 0,
  ...given
}: CollapseInput): readonly CollapseCheck[] => {
  if (points === undefined) return []
  const n = points.data.length / points.dimension
  const reference = given.reference ?? (target && samplerOf(target)(streamFor('reference', seed), referenceSize(n)))
  if (reference === undefined) return []
  const found = knnLogDistance(points, reference, { k })
  const own = knnLogDistanceWithin(reference, { k })
  if (!Number.isFinite(own.value)) {
    throw new Error(
      `collapseAlarm: some points of the reference are equal to ${k} others, so distances to them say nothing: leave out what is there twice, or take a k above ${k}`,
    )
  }
  const m = reference.data.length / reference.dimension
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

/** Enough for a small set, and not so many that a large one has to wait. */
const referenceSize = (n: number): number => Math.min(5000, Math.max(1000, n))
