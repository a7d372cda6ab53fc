import { columnMoments } from '../metrics/columns.ts'
import { nearest } from '../metrics/neighbours.ts'
import { quantile } from '../metrics/summary.ts'
import { chiSquareWithin } from './chi-square.ts'
import { distinct, randomFor, randomPairs } from './draws.ts'
import { checkRows, rowsAt } from './features.ts'
import { normaliseRows } from './normalisation.ts'
import { addProducts, dot, transposed } from './products.ts'
import { type Projection, project } from './projection.ts'

export interface DistortionOptions {
  /** How many pairs of different rows are drawn. Default 10,000. */
  readonly pairs?: number
  /** Of the pairs, and of the rows whose neighbours are compared. Default 0. */
  readonly seed?: number
  /** What `within` allows. Default 0.2. */
  readonly eps?: number
  /** How many nearest neighbours are compared. Default 10. */
  readonly k?: number
  /** Of how many rows they are found. Default 200. */
  readonly queries?: number
  /** Among how many rows. Default 2,000, or all where there are fewer. */
  readonly among?: number
}

/** What a projection does to the distances of some data. */
export interface Distortion {
  /** How many pairs were measured. */
  readonly pairs: number
  /** How many were drawn, and left out, whose rows are equal. */
  readonly coincident: number
  /** The one number that ratios were multiplied by, which makes their mean 1: a scale is no distortion. */
  readonly scale: number
  /** Of scale * ||Wx - Wy||^2 / ||x - y||^2 over the pairs: 1 but for rounding. */
  readonly mean: number
  /** Over n: of the pairs that were measured. */
  readonly std: number
  readonly min: number
  readonly max: number
  /** Linear between pairs. */
  readonly quantiles: { readonly [Q in '0.01' | '0.05' | '0.25' | '0.5' | '0.75' | '0.95' | '0.99']: number }
  readonly eps: number
  /** The share of ratios in [1 - eps, 1 + eps]. */
  readonly within: number
  /**
   * What is expected of a Gaussian projection to as many dimensions, of any data: the ratio is a chi-square variable of
   * D degrees of freedom over D.
   */
  readonly theory: { readonly std: number; readonly within: number }
  readonly neighbours: {
    readonly k: number
    readonly queries: number
    readonly among: number
    /** Which share of the k nearest rows are still among the k nearest. */
    readonly kept: number
    /** What would be kept if latents knew nothing: k / (among - 1). */
    readonly chance: number
  }
}

/**
 * How far a projection distorts the distances between rows of features, [n, F]: the distribution of ||Wx - Wy||^2 / ||x
 * - y||^2 over random pairs after the best single scale, and how many nearest neighbours stay such. Distances of
 * features are those of normalised ones, which W is given. Beside it stands what Johnson-Lindenstrauss theory says of a
 * random projection: a std of sqrt(2 / D).
 *
 * Source: Johnson and Lindenstrauss 1984; Dasgupta and Gupta 2003.
 *
 * @throws RangeError where rows are of another width, too few, not finite, or all equal.
 */
export function distortion(projection: Projection, rows: Float32Array, options: DistortionOptions = {}): Distortion {
  const { pairs = 10_000, seed = 0, eps = 0.2, k = 10, queries = 200, among = 2000 } = options
  const count = checkRows('distortion', rows, projection.featureDim)
  for (const [name, value] of Object.entries({ pairs, k, queries, among }))
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new RangeError(`distortion: expected ${name} to be a whole number from 1; got ${value}`)
  if (!(eps > 0)) throw new RangeError(`distortion: expected a positive eps; got ${eps}`)
  if (count < k + 2 || among < k + 2)
    throw new RangeError(
      `distortion: expected at least ${k + 2} rows, to find ${k} neighbours among others; got ${Math.min(count, among)}: give more rows, or a smaller k`,
    )
  const { ratios, coincident } = ratiosOf(projection, rows, pairs, seed)
  if (ratios.length < 2)
    throw new RangeError(`distortion: expected rows that differ; of ${pairs} pairs ${coincident} are of equal rows`)
  const raw = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
  if (!(raw > 0)) throw new RangeError('distortion: expected latents that differ; all pairs have the same latents')
  const scaled = ratios.map((ratio) => ratio / raw).sort()
  const { mean, std } = columnMoments(scaled, 1)
  const at = (q: number): number => quantile(scaled, q)
  const d = projection.latentDim
  return {
    pairs: scaled.length,
    coincident,
    scale: 1 / raw,
    mean: mean[0]!,
    std: std[0]!,
    min: at(0),
    max: at(1),
    quantiles: {
      '0.01': at(0.01),
      '0.05': at(0.05),
      '0.25': at(0.25),
      '0.5': at(0.5),
      '0.75': at(0.75),
      '0.95': at(0.95),
      '0.99': at(0.99),
    },
    eps,
    within: scaled.filter((ratio) => Math.abs(ratio - 1) <= eps).length / scaled.length,
    theory: { std: Math.sqrt(2 / d), within: chiSquareWithin(d, eps) },
    neighbours: neighboursKept(projection, rows, { k, queries, among: Math.min(count, among), seed }),
  }
}

/**
 * ||dz W||^2 / ||dz||^2 of random pairs, dz being the difference of their normalised features; those of equal rows are
 * left out.
 */
function ratiosOf(
  { featureDim, latentDim, normalisation, weights }: Projection,
  rows: Float32Array,
  pairs: number,
  seed: number,
): { readonly ratios: Float64Array; readonly coincident: number } {
  const columns = transposed(weights, featureDim, latentDim)
  const pairOf = randomPairs(rows.length / featureDim, randomFor('pairs', seed))
  const block = new Float64Array(64 * featureDim)
  const products = new Float64Array(64 * latentDim)
  const ratios: number[] = []
  for (let start = 0; start < pairs; start += 64) {
    const size = Math.min(64, pairs - start)
    for (let row = 0; row < size; row += 1) {
      const [x, y] = pairOf()
      for (let i = 0; i < featureDim; i += 1)
        block[row * featureDim + i] = (rows[x * featureDim + i]! - rows[y * featureDim + i]!) / normalisation.std[i]!
    }
    products.fill(0)
    addProducts(block, size, columns, latentDim, featureDim, products)
    for (let row = 0; row < size; row += 1) {
      const before = dot(block, row * featureDim, block, row * featureDim, featureDim)
      const after = dot(products, row * latentDim, products, row * latentDim, latentDim)
      if (before > 0) ratios.push(after / before)
    }
  }
  return { ratios: Float64Array.from(ratios), coincident: pairs - ratios.length }
}

function neighboursKept(
  projection: Projection,
  rows: Float32Array,
  {
    k,
    queries,
    among,
    seed,
  }: { readonly k: number; readonly queries: number; readonly among: number; readonly seed: number },
): Distortion['neighbours'] {
  const { featureDim, latentDim, normalisation } = projection
  const random = randomFor('rows', seed)
  const chosen = distinct(rows.length / featureDim, among, () => random.uniform())
  const some = rowsAt(rows, featureDim, chosen)
  const features = new Float64Array(some.length)
  normaliseRows(normalisation, some, 0, among, features)
  const asked = Math.min(queries, among)
  const nearestOf = (data: Float64Array, d: number) => {
    const all = { data, n: among, d }
    return nearest({ ...all, n: asked }, all, k, true).rows
  }
  const before = nearestOf(features, featureDim)
  const after = nearestOf(Float64Array.from(project(projection, some)), latentDim)
  let kept = 0
  for (let query = 0; query < asked; query += 1) {
    const known = new Set(before.subarray(query * k, (query + 1) * k))
    for (const row of after.subarray(query * k, (query + 1) * k)) if (known.has(row)) kept += 1
  }
  return { k, queries: asked, among, kept: kept / (asked * k), chance: k / (among - 1) }
}
