import { onEigenvalues } from './eigen.ts'
import { checkRows } from './features.ts'
import { addProducts, transposed } from './products.ts'
import type { Projection } from './projection.ts'

/**
 * Features whose latents these are: of all of them the ones whose normalised form is shortest, z = ((y - shift) /
 * scale) W^+ and x = z * std + mean. [n, D] gives [n, F], row-major. What W drops is lost: this is a right inverse, so
 * `project` brings the latents back where D <= F and W has full rank; after 'pca' it is the best linear reconstruction.
 * The pseudo-inverse is found in float64, without what is below 1e-10 of the greatest eigenvalue of W^T W.
 *
 * @throws RangeError where the rows are of another width, or a number is NaN or infinite.
 */
export function unproject(projection: Projection, latents: Float32Array): Float32Array {
  const { featureDim, latentDim, normalisation, scale, shift } = projection
  const rows = checkRows('unproject', latents, latentDim)
  const inverse = transposed(pseudoInverse(projection), latentDim, featureDim)
  const features = new Float32Array(rows * featureDim)
  const block = new Float64Array(blockRows * latentDim)
  const products = new Float64Array(blockRows * featureDim)
  for (let start = 0; start < rows; start += blockRows) {
    const count = Math.min(rows - start, blockRows)
    for (let at = 0; at < count * latentDim; at += 1)
      block[at] = (latents[start * latentDim + at]! - shift[at % latentDim]!) / scale
    products.fill(0)
    addProducts(block, count, inverse, featureDim, latentDim, products)
    for (let at = 0; at < count * featureDim; at += 1) {
      const i = at % featureDim
      features[start * featureDim + at] = products[at]! * normalisation.std[i]! + normalisation.mean[i]!
    }
  }
  return features
}

const blockRows = 64

/** W^+, [D, F]: (W^T W)^+ W^T, or W^T (W W^T)^+ where that is the smaller one. */
function pseudoInverse({ weights, featureDim, latentDim }: Projection): Float64Array {
  const columns = transposed(weights, featureDim, latentDim)
  const made = new Float64Array(latentDim * featureDim)
  if (latentDim <= featureDim) {
    const inverse = inverseGram(columns, latentDim, featureDim)
    addProducts(inverse, latentDim, Float64Array.from(weights), featureDim, latentDim, made)
  } else {
    const inverse = inverseGram(Float64Array.from(weights), featureDim, latentDim)
    addProducts(columns, latentDim, inverse, featureDim, featureDim, made)
  }
  return made
}

/** The pseudo-inverse of the products of the rows of a matrix [count, length] with each other, [count, count]. */
function inverseGram(rows: Float64Array, count: number, length: number): Float64Array {
  const gram = new Float64Array(count * count)
  addProducts(rows, count, rows, count, length, gram)
  return onEigenvalues(gram, count, (value, greatest) => (value > 1e-10 * greatest ? 1 / value : 0))
}
