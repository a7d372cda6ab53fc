import { symmetricEigen } from './eigen.ts'
import type { Features } from './features.ts'
import { type Normalisation, normaliseRows } from './normalisation.ts'
import { orthonormalRows } from './orthonormal.ts'
import { addProducts, dot, transposed } from './products.ts'
import { normals } from './random.ts'

/**
 * How principal directions are found. 'exact': all of the covariance, and its eigenvectors; about n F^2 / 2 + 4 F^3
 * products. 'randomised': subspace iteration from a random start, without a covariance; about 14 n F (D + 10) products.
 * 'auto': the cheaper one.
 */
export type PrincipalMethod = 'exact' | 'randomised' | 'auto'

/** Rows of features, in either precision. */
interface Matrix {
  readonly data: Float32Array | Float64Array
  readonly dimension: number
}

const principalMethods: readonly PrincipalMethod[] = ['exact', 'randomised', 'auto']

/** The directions in which normalised features vary most. */
interface Principal {
  /** [D, F], orthonormal rows, the one of the greatest variance first; the largest entry of each is positive. */
  readonly directions: Float64Array
  /** [D], along each. */
  readonly variances: Float64Array
  /** Of all features in all. */
  readonly total: number
}

/**
 * The first D principal directions of normalised features (population covariance, around their mean).
 *
 * @throws RangeError where the features vary in fewer than D directions.
 */
export function principalDirections(
  of: string,
  features: Features,
  normalisation: Normalisation,
  latentDim: number,
  method: PrincipalMethod,
  seed: number,
): Principal {
  if (!principalMethods.includes(method))
    throw new TypeError(`${of}: expected a method of ${principalMethods.join(', ')}; got ${method}`)
  const { dimension, data } = features
  const rows = data.length / dimension
  const exactCost = (rows * dimension ** 2) / 2 + 4 * dimension ** 3
  const randomisedCost = 2 * (iterations + 1) * rows * dimension * (latentDim + oversampling)
  const isExact = method === 'exact' || (method === 'auto' && exactCost <= randomisedCost)
  const found = isExact
    ? exactly(features, normalisation, latentDim)
    : bySubspaces(features, normalisation, latentDim, seed)
  const rank = found.variances.findIndex((value) => !(value > 1e-12 * found.total))
  if (rank >= 0)
    throw new RangeError(
      `${of}: expected features that vary in at least ${latentDim} directions; these ${rows} rows vary in ${rank}: ask for at most ${rank} latent dimensions, or give more rows`,
    )
  for (let i = 0; i < latentDim; i += 1) makePositive(found.directions.subarray(i * dimension, (i + 1) * dimension))
  return found
}

/** Neither a direction nor its opposite is right; of the two one is chosen by the data alone. */
function makePositive(direction: Float64Array): void {
  let largest = 0
  for (let i = 1; i < direction.length; i += 1) if (Math.abs(direction[i]!) > Math.abs(direction[largest]!)) largest = i
  if (direction[largest]! < 0) for (let i = 0; i < direction.length; i += 1) direction[i]! *= -1
}

function exactly(features: Features, normalisation: Normalisation, latentDim: number): Principal {
  const { dimension } = features
  const covariance = covarianceOf(features, normalisation)
  let total = 0
  for (let i = 0; i < dimension; i += 1) total += covariance[i * dimension + i]!
  const { values, vectors } = symmetricEigen(covariance, dimension)
  return { directions: vectors.slice(0, latentDim * dimension), variances: values.slice(0, latentDim), total }
}

/**
 * The covariance (over n), [F, F], of normalised features, of which the mean is taken off once more: that of 'none' is
 * not 0.
 */
export function covarianceOf(features: Matrix, normalisation: Normalisation): Float64Array {
  const { dimension } = features
  const products = new Float64Array(dimension * dimension)
  const rows = eachBlock(features, normalisation, (block, count) => {
    const columns = transposed(block, count, dimension)
    addProducts(columns, dimension, columns, dimension, count, products, true)
  })
  for (let i = 0; i < dimension; i += 1)
    for (let j = 0; j <= i; j += 1) {
      products[i * dimension + j]! /= rows
      products[j * dimension + i] = products[i * dimension + j]!
    }
  return products
}

/**
 * How many directions more are kept than are asked for, and how many times the covariance is applied to them (Halko et
 * al. take 5 to 10, and 1 to 3 of twice each).
 */
const oversampling = 10
const iterations = 6

/**
 * Randomised subspace iteration (Halko, Martinsson and Tropp, "Finding structure with randomness", arXiv 0909.4061,
 * algorithm 4.4) on the covariance C, which is applied as Z^T (Z V) / n a block of rows at a time; then the
 * eigenvectors of C within the subspace.
 */
function bySubspaces(features: Features, normalisation: Normalisation, latentDim: number, seed: number): Principal {
  const { dimension } = features
  const width = Math.min(dimension, latentDim + oversampling)
  let subspace = normals(width * dimension, seed, 1)
  orthonormalRows(subspace, width, dimension)
  for (let turn = 0; turn < iterations; turn += 1) {
    subspace = timesCovariance(features, normalisation, subspace, width)
    orthonormalRows(subspace, width, dimension)
  }
  const applied = timesCovariance(features, normalisation, subspace, width)
  const within = new Float64Array(width * width)
  addProducts(applied, width, subspace, width, dimension, within)
  const { values, vectors } = symmetricEigen(within, width)
  const directions = new Float64Array(latentDim * dimension)
  addProducts(vectors, latentDim, transposed(subspace, width, dimension), dimension, width, directions)
  return { directions, variances: values.slice(0, latentDim), total: totalVariance(features, normalisation) }
}

/** Rows v of a matrix [width, F] as C v. */
function timesCovariance(
  features: Features,
  normalisation: Normalisation,
  subspace: Float64Array,
  width: number,
): Float64Array {
  const { dimension } = features
  const sums = new Float64Array(width * dimension)
  const rows = eachBlock(features, normalisation, (block, count) => {
    const products = new Float64Array(width * count)
    addProducts(subspace, width, block, count, dimension, products)
    addProducts(products, width, transposed(block, count, dimension), dimension, count, sums)
  })
  for (let i = 0; i < sums.length; i += 1) sums[i]! /= rows
  return sums
}

function totalVariance(features: Features, normalisation: Normalisation): number {
  let squares = 0
  const rows = eachBlock(features, normalisation, (block, count) => {
    squares += dot(block, 0, block, 0, count * features.dimension)
  })
  return squares / rows
}

/**
 * Calls `use` with one block of normalised, centred rows after the other, [count, F], in an array that is used again;
 * gives the number of all rows.
 */
function eachBlock(
  { data, dimension }: Matrix,
  normalisation: Normalisation,
  use: (block: Float64Array, count: number) => void,
): number {
  const rows = data.length / dimension
  const centre = centreOf(data, dimension, normalisation)
  const block = new Float64Array(128 * dimension)
  for (let start = 0; start < rows; start += 128) {
    const end = Math.min(rows, start + 128)
    normaliseRows(normalisation, data, start, end, block)
    for (let at = 0; at < (end - start) * dimension; at += dimension)
      for (let i = 0; i < dimension; i += 1) block[at + i]! -= centre[i]!
    use(block, end - start)
  }
  return rows
}

/** The mean of the normalised features: 0 up to what the mean in f32 is off by, except where nothing is normalised. */
function centreOf(data: Matrix['data'], dimension: number, { mean, std }: Normalisation): Float64Array {
  const sums = new Float64Array(dimension)
  for (let at = 0; at < data.length; at += dimension)
    for (let i = 0; i < dimension; i += 1) sums[i]! += data[at + i]! - mean[i]!
  return sums.map((sum, i) => sum / (data.length / dimension) / std[i]!)
}
