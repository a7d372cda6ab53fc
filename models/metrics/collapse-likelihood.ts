import { entropy } from '../targets/entropy.ts'
import { dimension, logDensity, type Mixture } from '../targets/mixture.ts'
import type { Estimate } from '../targets/quadrature.ts'
import { checkOf, type RuleOf } from './collapse-check.ts'
import { likelihoodGap } from './likelihood.ts'
import { type Points, rowsOf, samplerOf } from './points.ts'
import { streamFor } from './streams.ts'
import { meanOf } from './summary.ts'

/**
 * The mean NLL of the points against the entropy of the target. Points that are c times too narrow have (d / 2) (1 -
 * c^2) nats less.
 */
export const likelihoodRule: RuleOf = ({ target, entropy: given, margin = 0.05, seed = 0 }) => {
  let known = given
  return (latents) => {
    const { points } = latents
    const nlls = latents.nlls ?? (points && target && nllsOf(points, target))
    if (nlls === undefined) return []
    known ??= target && entropyOf(target, seed)
    if (known === undefined) return []
    const { mean, standardError, entropy: expected } = likelihoodGap(nlls, known)
    const noise = Math.hypot(standardError, expected.error)
    const d = points?.dimension ?? (target ? dimension(target) : 1)
    return [
      checkOf({
        rule: 'likelihood',
        value: mean,
        expected: expected.value,
        noise,
        // -log p is skewed (it is exponential in 2-D), and a mean that is low comes with an error that is small: at 4
        // the tail is of 1.4e-4 at 200 points, here of 2e-5.
        reach: 4.5 * noise,
        allowed: margin * d,
        name: 'The mean NLL in nats',
        meaning:
          "The points are likelier than the target's own: they have gathered where it is dense, and a lower NLL is no better.",
      }),
    ]
  }
}

const nllsOf = (points: Points, target: Mixture): Float64Array => {
  const { data, n, d } = rowsOf(points, 'collapseAlarm', 'the points', 2)
  if (d !== dimension(target)) {
    throw new Error(`collapseAlarm: expected points of ${dimension(target)} dimensions, as the target has; got ${d}`)
  }
  return Float64Array.from({ length: n }, (_, i) => -logDensity(target, data.subarray(i * d, (i + 1) * d)))
}

/** By quadrature where it reaches, else from 10,000 samples. */
const entropyOf = (target: Mixture, seed: number): Estimate => {
  if (dimension(target) <= 3) return entropy(target)
  const nlls = nllsOf(samplerOf(target)(streamFor('alarm', seed), 10_000), target)
  const { value, standardError } = meanOf(nlls)
  return { value, error: standardError }
}
