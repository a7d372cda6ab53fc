import { checkRows } from './features.ts'
import { type Normalisation, normaliseRows } from './normalisation.ts'
import { addProducts, transposed } from './products.ts'

export type ProjectionKind = 'gaussian' | 'orthogonal' | 'hadamard' | 'pca' | 'whitening' | 'average' | 'learned'

/**
 * A linear map from rows of F features to rows of D latents, as data: y = scale * (((x - mean) / std) W) + shift. Of
 * the rows that it was fitted to, the y have mean 0 and second moment E||y||^2 = D (summed over dimensions), as has the
 * noise N(0, I_D) of a flow.
 *
 * It is the thing itself: saved and loaded whole, and never made again from its seed.
 */
export interface Projection<F extends number = number, D extends number = number> {
  readonly kind: ProjectionKind
  /** F. */
  readonly featureDim: F
  /** D. */
  readonly latentDim: D
  /** What its random numbers were drawn from; not where there were none. */
  readonly seed?: number
  /** Of the features, before W. */
  readonly normalisation: Normalisation
  /** W, [F, D] row-major. */
  readonly weights: Float32Array
  /** Positive, and a number that f32 has. */
  readonly scale: number
  /** [D]. */
  readonly shift: Float32Array
  /**
   * [D]: which share of the variance of the normalised features each direction has. Of 'pca' and 'whitening' alone;
   * their sum is the explained variance.
   */
  readonly explained?: Float64Array
}

/**
 * Latents of rows of features: [n, F] gives [n, D], row-major. Sums are in float64.
 *
 * @throws RangeError where the rows are of another width, or a number is NaN or infinite.
 */
export function project(projection: Projection, rows: Float32Array): Float32Array {
  const { featureDim, latentDim, normalisation, weights, scale, shift } = projection
  checkRows('project', rows, featureDim)
  const latents = new Float32Array((rows.length / featureDim) * latentDim)
  eachProduct(normalisation, transposed(weights, featureDim, latentDim), latentDim, rows, (products, start, end) => {
    for (let row = start; row < end; row += 1)
      for (let j = 0; j < latentDim; j += 1)
        latents[row * latentDim + j] = scale * products[(row - start) * latentDim + j]! + shift[j]!
  })
  return latents
}

/** How many rows are normalised at a time: few enough that a block of them stays in a cache. */
const blockRows = 64

/**
 * Calls `use` with z W, [end - start, D], of one block of normalised rows z after the other; W is given as its
 * transpose, [D, F]. The array is used again.
 */
export function eachProduct(
  normalisation: Normalisation,
  columns: Float64Array,
  latentDim: number,
  rows: Float32Array,
  use: (products: Float64Array, start: number, end: number) => void,
): void {
  const width = normalisation.mean.length
  const count = rows.length / width
  const block = new Float64Array(blockRows * width)
  const products = new Float64Array(blockRows * latentDim)
  for (let start = 0; start < count; start += blockRows) {
    const end = Math.min(count, start + blockRows)
    normaliseRows(normalisation, rows, start, end, block)
    products.fill(0)
    addProducts(block, end - start, columns, latentDim, width, products)
    use(products, start, end)
  }
}
