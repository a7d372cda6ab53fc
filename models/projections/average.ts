import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { normalisationOf } from './normalisation.ts'
import type { Projection } from './projection.ts'
import type { ProjectionOptions } from './random.ts'

/**
 * Means of neighbouring features, as PyTorch's AdaptiveAvgPool1d over a row: latent j is the mean of the features from
 * floor(j F / D) to ceil((j + 1) F / D), so windows share features where D does not divide F, and D may be larger than
 * F. With D = F features are only normalised and scaled.
 *
 * @throws RangeError as `gaussianProjection`.
 */
export function averageProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  { normalisation = 'perFeature' }: ProjectionOptions = {},
): Projection<F, D> {
  const of = 'averageProjection'
  checkFeatures(of, features)
  checkLatentDim(of, latentDim)
  const { dimension } = features
  const weights = new Float64Array(dimension * latentDim)
  for (let j = 0; j < latentDim; j += 1) {
    const start = Math.floor((j * dimension) / latentDim)
    const end = Math.ceil(((j + 1) * dimension) / latentDim)
    for (let i = start; i < end; i += 1) weights[i * latentDim + j] = 1 / (end - start)
  }
  return fitted(of, features, {
    kind: 'average',
    featureDim: dimension,
    latentDim,
    normalisation: normalisationOf(of, features, normalisation),
    weights,
  })
}
