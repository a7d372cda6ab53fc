import type { Projection } from './projection.ts'

/** Beside the greatest entry of W: a pivot that is smaller may be rounding of its f32. */
const leastPivot = 1e-6

/**
 * log |det dy/dx| of a projection, in nats, by which densities of latents are those of features: log p(x) = log p(y) +
 * log |det dy/dx|. Undefined where it cannot be turned back: D is not F, or W is singular up to the rounding of f32.
 *
 * By elimination with partial pivoting, in float64; F^3 / 3 products.
 */
export function logDeterminant({
  featureDim: n,
  latentDim,
  weights,
  scale,
  normalisation,
}: Projection): number | undefined {
  if (latentDim !== n) return undefined
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(weights.subarray(i * n, (i + 1) * n)))
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
  let log = n * Math.log(scale)
  for (let k = 0; k < n; k += 1) {
    let best = k
    for (let i = k + 1; i < n; i += 1) if (Math.abs(rows[i]![k]!) > Math.abs(rows[best]![k]!)) best = i
    const pivot = rows[best]!
    rows[best] = rows[k]!
    rows[k] = pivot
    if (!(Math.abs(pivot[k]!) > leastPivot * largest)) return undefined
    log += Math.log(Math.abs(pivot[k]!)) - Math.log(normalisation.std[k]!)
    for (let i = k + 1; i < n; i += 1) {
      const row = rows[i]!
      const factor = row[k]! / pivot[k]!
      for (let j = k + 1; j < n; j += 1) row[j]! -= factor * pivot[j]!
    }
  }
  return log
}
