import { columnMoments } from '../metrics/columns.ts'
import type { Features } from './features.ts'

/**
 * What is done to features before weights: z = (x - mean) / std, per feature. 'perFeature': every feature gets mean 0
 * and variance 1. 'global': every feature gets mean 0, and one number divides all, so that the mean of their variances
 * is 1 and distances keep their proportions. 'none': as they are; mean is 0 and std is 1.
 */
export type NormalisationKind = 'perFeature' | 'global' | 'none'

export interface Normalisation {
  readonly kind: NormalisationKind
  /** [F]. */
  readonly mean: Float32Array
  /** [F], positive. */
  readonly std: Float32Array
}

export const normalisationKinds: readonly NormalisationKind[] = ['perFeature', 'global', 'none']

/**
 * Mean and std of features, which have been checked.
 *
 * @throws RangeError where a feature is constant and would be divided by 0; of 'global', where all are.
 */
export function normalisationOf(of: string, features: Features, kind: NormalisationKind): Normalisation {
  const { data, dimension } = features
  if (!normalisationKinds.includes(kind))
    throw new TypeError(`${of}: expected a normalisation of ${normalisationKinds.join(', ')}; got ${kind}`)
  if (kind === 'none') return unnormalised(dimension)
  const { mean, std } = columnMoments(data, dimension)
  // What varies by less than the rounding of f32 does not vary.
  const isConstant = (i: number): boolean => std[i]! <= 1e-7 * Math.abs(mean[i]!)
  const rows = data.length / dimension
  if (kind === 'perFeature') {
    const constant = std.findIndex((_, i) => isConstant(i))
    if (constant >= 0) {
      const count = std.reduce((sum, _, i) => sum + (isConstant(i) ? 1 : 0), 0)
      throw new RangeError(
        `${of}: expected every feature to vary, to be divided by its std; feature ${constant} is ${data[constant]} in all ${rows} rows, up to the rounding of f32 (${count} of ${dimension} features are constant): drop them, or use normalisation 'global'`,
      )
    }
    return { kind, mean: Float32Array.from(mean), std: Float32Array.from(std) }
  }
  if (std.every((_, i) => isConstant(i)))
    throw new RangeError(
      `${of}: expected features that vary; all ${dimension} are the same in all ${rows} rows, up to the rounding of f32: give features that vary`,
    )
  const one = Math.sqrt(std.reduce((sum, value) => sum + value * value, 0) / dimension)
  return { kind, mean: Float32Array.from(mean), std: new Float32Array(dimension).fill(one) }
}

/** Features as they are. */
export const unnormalised = (dimension: number): Normalisation => ({
  kind: 'none',
  mean: new Float32Array(dimension),
  std: new Float32Array(dimension).fill(1),
})

/** Writes the normalised rows from `start` to `end` into `into`, [end - start, F] of float64. */
export function normaliseRows(
  { mean, std }: Normalisation,
  data: ArrayLike<number>,
  start: number,
  end: number,
  into: Float64Array,
): void {
  const width = mean.length
  for (let row = start; row < end; row += 1) {
    const from = row * width
    const to = (row - start) * width
    for (let i = 0; i < width; i += 1) into[to + i] = (data[from + i]! - mean[i]!) / std[i]!
  }
}
