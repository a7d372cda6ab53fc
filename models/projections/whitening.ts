import { checkFeatures, checkLatentDim, type Features } from './features.ts'
import { fitted } from './fitted.ts'
import { normalisationOf } from './normalisation.ts'
import type { PcaOptions } from './pca.ts'
import { principalDirections } from './principal.ts'
import { transposed } from './products.ts'
import type { Projection } from './projection.ts'

export interface WhiteningOptions extends PcaOptions {
  /**
   * Added to each variance before its root is taken, in variances of normalised features (whose mean is 1): keeps noise
   * of directions that hardly vary from being blown up. Default 0.
   */
  readonly eps?: number
  /**
   * Turned back after it is whitened, so that latents are as near to the features as white ones can be ("zero-phase",
   * Bell and Sejnowski 1997). Needs D = F. Default false.
   */
  readonly zca?: boolean
}

/**
 * Principal directions, each divided by the root of its variance: the covariance of the latents is I (with `eps` 0). W
 * = V (Lambda + eps)^(-1/2), and W V^T with `zca` (Kessy, Lewin and Strimmer 2018). `explained` is that of the
 * directions, as of `pcaProjection`.
 *
 * @throws RangeError as `pcaProjection`; and where `zca` is asked for with D other than F, or eps is negative.
 */
export function whiteningProjection<F extends number, const D extends number>(
  features: Features<F>,
  latentDim: D,
  { normalisation = 'perFeature', method = 'auto', seed = 0, eps = 0, zca = false }: WhiteningOptions = {},
): Projection<F, D> {
  const of = 'whiteningProjection'
  const { dimension } = features
  checkLatentDim(of, latentDim, dimension)
  checkFeatures(of, features, latentDim + 1)
  if (!(eps >= 0 && Number.isFinite(eps))) throw new RangeError(`${of}: expected eps of at least 0; got ${eps}`)
  if (zca && (latentDim as number) !== dimension)
    throw new RangeError(
      `${of}: expected as many latent dimensions as the ${dimension} of the features for zca, which turns back to them; got ${latentDim}: leave zca out, or reduce the features first`,
    )
  const normal = normalisationOf(of, features, normalisation)
  const { directions, variances, total } = principalDirections(of, features, normal, latentDim, method, seed)
  const columns = transposed(directions, latentDim, dimension)
  for (let i = 0; i < dimension; i += 1)
    for (let j = 0; j < latentDim; j += 1) columns[i * latentDim + j]! /= Math.sqrt(variances[j]! + eps)
  return fitted(of, features, {
    kind: 'whitening',
    featureDim: dimension,
    latentDim,
    normalisation: normal,
    weights: zca ? turnedBack(columns, directions, dimension) : columns,
    explained: variances.map((variance) => variance / total),
  })
}

/** (V Lambda^(-1/2)) V^T, all [F, F]; V^T is `directions`. */
function turnedBack(columns: Float64Array, directions: Float64Array, n: number): Float64Array {
  const made = new Float64Array(n * n)
  for (let i = 0; i < n; i += 1)
    for (let k = 0; k < n; k += 1) {
      const value = columns[i * n + k]!
      for (let j = 0; j < n; j += 1) made[i * n + j]! += value * directions[k * n + j]!
    }
  return made
}
