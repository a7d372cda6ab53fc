import { type Points, pairOf, type Rows } from './points.ts'
import { streamFor } from './streams.ts'

export interface SlicedOptions {
  /** Number of directions, uniform on the sphere. Default 128; one in 1-D, where there is but one. */
  readonly projections?: number
  /** p >= 1 of W_p. Default 2. */
  readonly p?: number
  /** Of the directions. Default 0. */
  readonly seed?: number
}

/**
 * The sliced Wasserstein distance (E_theta W_p(<theta, X>, <theta, Y>)^p)^(1/p) between two samples, [n, d] and [m, d]
 * with any n and m, in the units of the points. It is never negative, so two samples of one distribution are apart by
 * chance: read it beside its noise floor. O(projections n log n).
 *
 * Source: Bonneel, Rabin, Peyre and Pfister, "Sliced and Radon Wasserstein barycenters of measures", 2015.
 */
export const slicedWasserstein = (
  x: Points,
  y: Points,
  { projections = 128, p = 2, seed = 0 }: SlicedOptions = {},
): number => {
  const [a, b] = pairOf(x, y, 'slicedWasserstein')
  if (!(Number.isInteger(projections) && projections >= 1)) {
    throw new Error(`slicedWasserstein: expected at least one projection; got ${projections}`)
  }
  const random = streamFor('directions', seed)
  const count = a.d === 1 ? 1 : projections
  let total = 0
  for (let slice = 0; slice < count; slice += 1) {
    const direction = unit(Float64Array.from({ length: a.d }, () => random.normal()))
    total += wassersteinPower(along(a, direction).sort(), along(b, direction).sort(), checked(p))
  }
  return (total / count) ** (1 / p)
}

/**
 * W_p(x, y)^p = int_0^1 |F^-1(u) - G^-1(u)|^p du between two sets of numbers, each sorted. Both quantile functions are
 * steps, of n and of m, and between two steps of either nothing changes.
 */
export const wassersteinPower = (x: Float64Array, y: Float64Array, p: number): number => {
  const [n, m] = [x.length, y.length]
  let sum = 0
  // Where we are in (0, 1), times nm: whole numbers, so that steps that should meet do.
  let at = 0
  for (let i = 0, j = 0; i < n && j < m; ) {
    const next = Math.min((i + 1) * m, (j + 1) * n)
    const apart = Math.abs(x[i]! - y[j]!)
    sum += (next - at) * (p === 2 ? apart * apart : apart ** p)
    at = next
    if (next === (i + 1) * m) i += 1
    if (next === (j + 1) * n) j += 1
  }
  return sum / (n * m)
}

const along = ({ data, n, d }: Rows, direction: Float64Array): Float64Array => {
  const projected = new Float64Array(n)
  for (let i = 0; i < n; i += 1) {
    let dot = 0
    for (let axis = 0; axis < d; axis += 1) dot += data[i * d + axis]! * direction[axis]!
    projected[i] = dot
  }
  return projected
}

const unit = (vector: Float64Array): Float64Array => {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

const checked = (p: number): number => {
  if (!(p >= 1 && Number.isFinite(p))) throw new Error(`slicedWasserstein: expected a finite p of at least 1; got ${p}`)
  return p
}
