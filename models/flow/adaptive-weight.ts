import { grad, stopGradient, type Tensor } from '../../dsl/index.ts'
import { globalNorm } from '../../dsl/optim/index.ts'
import { checkPositive } from '../../dsl/option.ts'

export interface AdaptiveWeightOptions {
  /**
   * Added to the norm of the second gradient, in its units, so that it can divide: 1e-6 unless given, as in the paper.
   * Above 0.
   */
  readonly delta?: number
  /** The most that the weight may be: 1e4 unless given, as in the code of the paper. */
  readonly clip?: number
}

/**
 * The weight, a scalar, that makes the gradient of an alignment loss as long as that of a model's own loss, both being
 * functions of the same tensors `at`: the latents [n, d], or the weights of the last layer that makes them, a tensor or
 * a record of them.
 *   w = min(clip, ||grad main|| / (||grad alignment|| + delta)).
 * Norms are over all elements. It is a constant to every derivative, so that `main + lambda * w * alignment` is a loss
 * with lambda the share of the alignment: at 1 both pull equally. Where both gradients are 0 it is 0; where that of the
 * alignment alone is, it is min(clip, ||grad main|| / delta). What it shares with the loss that it weighs is computed
 * once: the losses themselves, and the gradient of `main`; what it adds to a step is another pass back through the
 * prior.
 *
 * Beside it a weight may grow from 0, as `linearWarmup({ peak: lambda, steps })(state.opt.count)` does with the
 * schedules of `fluxion/optim` and the count that an optimiser keeps.
 *
 * Esser, Rombach and Ommer 2021, arXiv 2012.09841, equation 7, for a discriminator.
 */
export function adaptiveWeight<T>(
  main: (at: T) => Tensor<[]>,
  alignment: (at: T) => Tensor<[]>,
  at: T,
  options: AdaptiveWeightOptions = {},
): Tensor<[]> {
  // Not at stopGradient(at): the losses would then be other ones than those that the caller adds, and be computed
  // twice.
  const slope = (loss: (at: T) => Tensor<[]>): T => (grad as unknown as Gradient<T>)(loss)(at)
  return gradientNormRatio(slope(main), slope(alignment), options)
}

type Gradient<T> = (loss: (at: T) => Tensor<[]>) => (at: T) => T

/** The same for gradients that are at hand: tensors or records of them, both in the same tensors. */
export function gradientNormRatio<G>(
  main: G,
  alignment: G,
  { delta = 1e-6, clip = 1e4 }: AdaptiveWeightOptions = {},
): Tensor<[]> {
  for (const [name, value] of Object.entries({ delta, clip })) checkPositive('adaptiveWeight', name, value)
  const norm = (gradient: G): Tensor<[]> => globalNorm(stopGradient(gradient) as never)
  return norm(main).div(norm(alignment).add(delta)).minimum(clip)
}
