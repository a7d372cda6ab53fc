import type { Estimate } from '../targets/quadrature.ts'
import { meanOf } from './summary.ts'

/** How likely points are, beside how likely samples of the target are. All in nats. */
export interface LikelihoodGap {
  /** The mean of -log p over the points. */
  readonly mean: number
  /** Of the mean, from the spread of the points. */
  readonly standardError: number
  /** The mean of -log p over the target, with its error. */
  readonly entropy: Estimate
  /**
   * mean - entropy: 0 for samples of the target. Below 0 points are likelier than the target's own, which is not
   * better: they have gathered where the density is high.
   */
  readonly gap: number
  /** The gap over its error, both errors together: about N(0, 1) for samples of the target. */
  readonly z: number
}

/**
 * The mean negative log-likelihood under the target, of n >= 2 points whose own are `nlls`, [n] in nats, against the
 * entropy of the target in nats.
 */
export const likelihoodGap = (nlls: ArrayLike<number>, entropy: number | Estimate): LikelihoodGap => {
  if (nlls.length < 2) {
    throw new Error(
      `likelihoodGap: expected -log p of at least 2 points, to have a standard error; got ${nlls.length}: give one number for each point`,
    )
  }
  const values = Float64Array.from(nlls)
  const odd = values.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0) {
    throw new Error(
      `likelihoodGap: expected finite numbers; -log p of point ${odd} is ${values[odd]}: the solver or the density failed there`,
    )
  }
  const of = typeof entropy === 'number' ? { value: entropy, error: 0 } : entropy
  if (!(Number.isFinite(of.value) && of.error >= 0)) {
    throw new Error(
      `likelihoodGap: expected a finite entropy with an error of at least 0; got ${of.value}, ${of.error}`,
    )
  }
  const { value: mean, standardError } = meanOf(values)
  const gap = mean - of.value
  return { mean, standardError, entropy: of, gap, z: gap / Math.hypot(standardError, of.error) }
}
