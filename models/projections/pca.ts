import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { normalisationOf } from './normalisation.ts'
import { type PrincipalMethod, principalDirections } from './principal.ts'
import { transposed } from './products.ts'
import type { Projection } from './projection.ts'
import type { ProjectionOptions } from './random.ts'

export interface PcaOptions extends ProjectionOptions {
  /**
   * Default 'auto': of 20,000 rows 896 features to 32 are found exactly, wider ones by subspace iteration where that is
   * cheaper.
   */
  readonly method?: PrincipalMethod
  /** Of the random start of 'randomised'. Default 0. */
  readonly seed?: number
}

/**
 * The D directions of greatest variance, orthonormal; `explained` has the share of the variance of each. One scale
 * stretches all, so that latents keep their unequal variances. D is at most F, and needs more than D rows.
 *
 * @throws RangeError where features are not finite, constant ones are to be divided by their std, or they vary in fewer
 * than D directions.
 */
export function pcaProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  { normalisation = 'perFeature', method = 'auto', seed = 0 }: PcaOptions = {},
): Projection<F, D> {
  const of = 'pcaProjection'
  checkLatentDim(of, latentDim, features.dimension)
  checkFeatures(of, features, latentDim + 1)
  const normal = normalisationOf(of, features, normalisation)
  const { directions, variances, total } = principalDirections(of, features, normal, latentDim, method, seed)
  return fitted(of, features, {
    kind: 'pca',
    featureDim: features.dimension,
    latentDim,
    normalisation: normal,
    weights: transposed(directions, latentDim, features.dimension),
    explained: variances.map((variance) => variance / total),
  })
}
