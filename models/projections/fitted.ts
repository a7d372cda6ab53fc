import type { Features } from './features.ts'
import type { Normalisation } from './normalisation.ts'
import { transposed } from './products.ts'
import { eachProduct, type Projection } from './projection.ts'

/** What a kind of projection has found, before its scale and shift are known. */
interface Unscaled<F extends number, D extends number> extends Omit<Projection<F, D>, 'scale' | 'shift' | 'weights'> {
  /** W, [F, D] row-major, in any precision. */
  readonly weights: ArrayLike<number>
}

/**
 * The projection whose latents of these features have mean 0 and second moment D: scale = sqrt(D / sum_j Var (z W)_j),
 * shift = -scale * mean(z W), measured on all rows.
 *
 * @throws RangeError where z W is the same for all rows.
 */
export function fitted<F extends number, D extends number>(
  of: string,
  features: Features<F>,
  found: Unscaled<F, D>,
): Projection<F, D> {
  const { featureDim, latentDim, normalisation } = found
  const weights = Float32Array.from(found.weights)
  const { mean, variance } = momentsOfProducts(
    normalisation,
    transposed(weights, featureDim, latentDim),
    latentDim,
    features.data,
  )
  if (!(variance > 1e-24 && Number.isFinite(variance)))
    throw new RangeError(
      `${of}: expected latents that vary, to give them the second moment ${latentDim}; their variance is ${variance} in all: give features that vary`,
    )
  const scale = Math.fround(Math.sqrt(latentDim / variance))
  return { ...found, weights, scale, shift: Float32Array.from(mean, (value) => -scale * value) }
}

/**
 * The mean of each column of z W, and the sum of their variances (over n), of rows that are there a block at a time
 * alone (Chan, Golub and LeVeque's merging of blocks).
 */
function momentsOfProducts(
  normalisation: Normalisation,
  columns: Float64Array,
  latentDim: number,
  rows: Float32Array,
): { readonly mean: Float64Array; readonly variance: number } {
  const mean = new Float64Array(latentDim)
  let squares = 0
  let count = 0
  eachProduct(normalisation, columns, latentDim, rows, (products, start, end) => {
    const added = end - start
    const all = count + added
    for (let j = 0; j < latentDim; j += 1) {
      let sum = 0
      for (let row = 0; row < added; row += 1) sum += products[row * latentDim + j]!
      const theirs = sum / added
      for (let row = 0; row < added; row += 1) squares += (products[row * latentDim + j]! - theirs) ** 2
      const apart = theirs - mean[j]!
      squares += (apart * apart * count * added) / all
      mean[j]! += (apart * added) / all
    }
    count = all
  })
  return { mean, variance: squares / count }
}
