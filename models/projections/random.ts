import { randomFor } from './draws.ts'
import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { type NormalisationKind, normalisationOf } from './normalisation.ts'
import { orthonormalRows } from './orthonormal.ts'
import { transposed } from './products.ts'
import type { Projection } from './projection.ts'

export interface ProjectionOptions {
  /** Of the features, before the weights. Default 'perFeature'. */
  readonly normalisation?: NormalisationKind
}

export interface RandomProjectionOptions extends ProjectionOptions {
  /** A whole number. Default 0. */
  readonly seed?: number
}

/**
 * Weights drawn from N(0, 1 / F), all independent: the projection of Li et al., "Aligning Latent Spaces with Flow
 * Priors", arXiv 2506.05240. D may be larger than F. Squared distances keep their proportions up to a standard
 * deviation of sqrt(2 / D) (Johnson and Lindenstrauss 1984; Dasgupta and Gupta 2003).
 *
 * @throws RangeError where features are not finite, constant ones are to be divided by their std, or there are fewer
 * than 2 rows.
 */
export function gaussianProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  options: RandomProjectionOptions = {},
): Projection<F, D> {
  return randomProjection('gaussian', features, latentDim, options, (featureDim, seed) =>
    normals(featureDim * latentDim, seed, 1 / Math.sqrt(featureDim)),
  )
}

/**
 * D orthonormal directions, uniform (Haar) among all such frames: Gram and Schmidt's factor of a Gaussian matrix whose
 * triangle has a positive diagonal (Mezzadri 2007). Where D is larger than F, the rows of W are orthonormal instead,
 * and all distances stay as they are.
 *
 * @throws RangeError as `gaussianProjection`.
 */
export function orthogonalProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  options: RandomProjectionOptions = {},
): Projection<F, D> {
  return randomProjection('orthogonal', features, latentDim, options, (featureDim, seed) =>
    orthogonalWeights(featureDim, latentDim, seed),
  )
}

/** The projection of this kind whose weights a seed alone makes; of no more than `most` dimensions. */
export function randomProjection<F extends number, D extends number>(
  kind: 'gaussian' | 'orthogonal' | 'hadamard',
  features: Features<F>,
  latentDim: D,
  { normalisation = 'perFeature', seed = 0 }: RandomProjectionOptions,
  weightsOf: (featureDim: number, seed: number) => Float64Array,
  most?: number,
): Projection<F, D> {
  const of = `${kind}Projection`
  checkFeatures(of, features)
  checkLatentDim(of, latentDim, most)
  const { dimension } = features
  const weights = weightsOf(dimension, seed)
  return fitted(of, features, {
    kind,
    featureDim: dimension,
    latentDim,
    seed,
    normalisation: normalisationOf(of, features, normalisation),
    weights,
  })
}

/** [F, D] with orthonormal columns, or rows where there are fewer of them. */
export function orthogonalWeights(featureDim: number, latentDim: number, seed: number): Float64Array {
  const [count, length] = [Math.min(featureDim, latentDim), Math.max(featureDim, latentDim)]
  const frame = normals(count * length, seed, 1)
  orthonormalRows(frame, count, length)
  return latentDim <= featureDim ? transposed(frame, latentDim, featureDim) : frame
}

/** Independent draws from N(0, std^2). */
export function normals(count: number, seed: number, std: number): Float64Array {
  const random = randomFor('weights', seed)
  return Float64Array.from({ length: count }, () => std * random.normal())
}
