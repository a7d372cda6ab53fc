import { type Dim, type Tensor, tensor, zeros } from '../../dsl/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import type { Mixture } from './mixture.ts'

/**
 * The exact velocity of a mixture of Gaussians, inside programs: v(x, t) = mu + kappa (x - t mu) at points x [n, d] and times t [n], as `velocity` computes it on the host. It takes n times as many numbers as there are components.
 */
export const exactVelocity =
  (mixture: Mixture) =>
  <N extends Dim, D extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> => {
    const means = tensor(mixture.means as number[][]) as unknown as Means
    const d = (means as unknown as Tensor<['k', 'd']>).size(1)
    if ((x as unknown as Rows).size(1) !== d)
      throw fail(
        `shape error: exactVelocity: the points have ${(x as unknown as Rows).size(1)} dims, and the mixture ${d}`,
      )
    const logWeights = tensor(mixture.weights.map(Math.log)) as unknown as Tensor<['k']>
    return velocityOfMixture(x, t, means, logWeights, mixture.std)
  }

/**
 * The exact velocity of a set of points [m, d], each as likely as the others: where the flow to just these points leads, inside programs. It is defined for t < 1. With `std` each point is a Gaussian of this width, and it is defined for
 * all times. Derivatives go through the points, too; `stopGradient` keeps them out.
 */
export const empiricalVelocity =
  <M extends Dim, D extends Dim>(points: Tensor<[M, D]>, { std = 0 }: { readonly std?: number } = {}) =>
  <N extends Dim>(x: Tensor<[N, D]>, t: Tensor<[N]>): Tensor<[N, D]> => {
    if (!(std >= 0)) throw fail(`type error: empiricalVelocity: std is ${std}, needs a number from 0`)
    return velocityOfMixture(
      x,
      t,
      points as unknown as Means,
      zeros([points.shape[0]]) as unknown as Tensor<['k']>,
      std,
    )
  }

type Rows = Tensor<['n', 'd']>
type Means = Tensor<['k', 'd']>

/**
 * With D = (1 - t)^2 + t^2 s^2: r_k = softmax_k(log w_k - ||x - t m_k||^2 / 2 D), mu = sum_k r_k m_k, kappa = (t s^2 - (1 - t)) / D. What all components have in common in the exponent, ||x||^2, makes no difference and is left out,
 * so that no digits are lost in it.
 */
function velocityOfMixture<N extends Dim, D extends Dim>(
  x: Tensor<[N, D]>,
  t: Tensor<[N]>,
  means: Means,
  logWeights: Tensor<['k']>,
  std: number,
): Tensor<[N, D]> {
  const [rows, times] = [x as unknown as Rows, t as unknown as Tensor<['n']>]
  const rest = times.neg().add(1)
  const variance = rest.square().add(times.square().mul(std ** 2))
  const column = times.expand(1)
  const along = rows
    .matmul(means.transpose())
    .mul(column)
    .sub(column.square().mul(means.square().sum(1).div(2)))
  const shares = along.div(variance.expand(1)).add(logWeights).softmax(1)
  const mean = shares.matmul(means)
  const kappa = times
    .mul(std ** 2)
    .sub(rest)
    .div(variance)
    .expand(1)
  return mean.add(rows.sub(column.mul(mean)).mul(kappa)) as unknown as Tensor<[N, D]>
}
