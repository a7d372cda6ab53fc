import { dimension, type Mixture, secondMoment } from './mixture.ts'

/** y = (raw - centre) / scale. */
export interface Normalisation {
  readonly centre: readonly number[]
  readonly scale: number
}

/**
 * The mixture, moved to mean 0 and divided by the one scalar that makes E||y||^2 = d: from its true moments, not those
 * of a sample.
 */
export const normalise = (raw: Mixture): { readonly mixture: Mixture; readonly normalisation: Normalisation } => {
  const d = dimension(raw)
  const centre = Array.from({ length: d }, (_, i) =>
    raw.means.reduce((sum, mean, k) => sum + raw.weights[k]! * mean[i]!, 0),
  )
  const centred = { ...raw, means: raw.means.map((mean) => mean.map((m, i) => m - centre[i]!)) }
  const scale = Math.sqrt(secondMoment(centred) / d)
  const means = centred.means.map((mean) => mean.map((m) => m / scale))
  return { mixture: { weights: raw.weights, means, std: raw.std / scale }, normalisation: { centre, scale } }
}
