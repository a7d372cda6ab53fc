import { type Dataset, dataset } from '../../runtime/data/dataset.ts'
import { averageProjection } from '../projections/average.ts'
import { distinct, randomFor } from '../projections/draws.ts'
import { checkFeatures, type Features, rowsAt } from '../projections/features.ts'
import { type Projection, project } from '../projections/projection.ts'
import type { HostRandom } from './random.ts'
import { type RowStatistics, rowStatistics } from './statistics.ts'
import type { TwoNearestOptions } from './two-nearest.ts'

export interface FeatureTargetOptions<F extends number, D extends number, Name extends string> {
  /** [n, F] row-major: word vectors, pixels, features of a network. */
  readonly features: Float32Array
  /** F. */
  readonly dimension: F
  /** What it is called, in records of studies and in messages. */
  readonly name: string
  /**
   * Makes latents of features: a projection that was saved or fitted before; or a function that fits one to the rows
   * that are trained on, and sees no others. Unless given, features are only centred, and all divided by one number
   * (`averageProjection` to F dimensions, 'global').
   */
  readonly projection?: Projection<F, D> | ((train: Features<F>) => Projection<F, D>)
  /** The share of rows that are held out. Default 0.1. */
  readonly heldOut?: number
  /** Of which rows are held out. Default 0. */
  readonly seed?: number
  /** The name of the column of latents, which is that of the input of the step that is trained. Default 'y'. */
  readonly column?: Name
}

/** A part of a target: rows of latents, [n, D], and which rows of the features they come from. */
export interface FeatureRows<D extends number = number, Name extends string = string> {
  /** [n, D] row-major. */
  readonly latents: Float32Array
  /** [n], of the features that were given. */
  readonly indices: Uint32Array
  /** The latents as the column of a dataset for `fit`. */
  readonly data: Dataset<{ readonly [K in Name]: { readonly shape: [D]; readonly dtype: 'f32' } }>
  /** Computed each time it is asked for. */
  statistics(options?: TwoNearestOptions): RowStatistics
}

/** A target that is known by rows of features alone. */
export interface FeatureTarget<F extends number = number, D extends number = number, Name extends string = string> {
  readonly name: string
  /** D. */
  readonly dimension: D
  /** To be saved with what is trained. */
  readonly projection: Projection<F, D>
  readonly train: FeatureRows<D, Name>
  readonly heldOut: FeatureRows<D, Name>
  /** n rows of the training latents, each as likely as any other, with repetition: [n, D]. */
  sample(random: HostRandom, n: number): Float32Array
}

/**
 * A target for a flow prior made of rows of features: they are split by the seed alone, projected, and given as
 * datasets. The training latents have mean 0 and second moment D, where the projection was fitted to them.
 *
 * @throws RangeError where features are not finite or of another width, a part would have no rows, or the projection
 * does not take them.
 */
export function featureTarget<const F extends number, const D extends number = F, const Name extends string = 'y'>({
  features,
  dimension,
  name,
  projection,
  heldOut = 0.1,
  seed = 0,
  column = 'y' as Name,
}: FeatureTargetOptions<F, D, Name>): FeatureTarget<F, D, Name> {
  const of = `featureTarget ${name}`
  const rows = checkFeatures(of, { data: features, dimension }, 3)
  if (!(heldOut > 0 && heldOut < 1))
    throw new RangeError(`${of}: expected a share between 0 and 1 to be held out; got ${heldOut}`)
  const random = randomFor('rows', seed)
  const order = distinct(rows, rows, () => random.uniform())
  const held = Math.min(rows - 2, Math.max(1, Math.round(rows * heldOut)))
  const [trainIndices, heldIndices] = [order.slice(held).sort(), order.slice(0, held).sort()]
  const train = rowsAt(features, dimension, trainIndices)
  const used =
    projection === undefined
      ? (averageProjection({ data: train, dimension }, dimension, { normalisation: 'global' }) as Projection<
          F,
          number
        > as Projection<F, D>)
      : typeof projection === 'function'
        ? projection({ data: train, dimension })
        : projection
  if (used.featureDim !== dimension)
    throw new RangeError(
      `${of}: expected a projection of ${dimension} features, as many as rows have; got one of ${used.featureDim}: fit it to these features`,
    )
  const part = (rows: Float32Array, indices: Uint32Array): FeatureRows<D, Name> =>
    featureRows(project(used, rows), used.latentDim, indices, column)
  const trained = part(train, trainIndices)
  return {
    name,
    dimension: used.latentDim,
    projection: used,
    train: trained,
    heldOut: part(rowsAt(features, dimension, heldIndices), heldIndices),
    sample: (random, n) => {
      const count = trainIndices.length
      return rowsAt(
        trained.latents,
        used.latentDim,
        Uint32Array.from({ length: n }, () => Math.floor(random.uniform() * count)),
      )
    },
  }
}

function featureRows<D extends number, Name extends string>(
  latents: Float32Array,
  latentDim: D,
  indices: Uint32Array,
  column: Name,
): FeatureRows<D, Name> {
  const given = { [column]: { shape: [latentDim], data: latents } }
  return {
    latents,
    indices,
    data: dataset(given) as unknown as FeatureRows<D, Name>['data'],
    statistics: (options) => rowStatistics(latents, latentDim, options),
  }
}
