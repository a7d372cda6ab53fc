import { meanOver } from './mean-over.ts'
import { dimension, type Mixture, marginal } from './mixture.ts'
import { type Estimate, gaussLegendre } from './quadrature.ts'

/**
 * The Bayes floor: the least value that the flow-matching loss E ||v(x_t, t) - u||^2 can take, u = y - x0, t ~ U(0, 1),
 * x0 ~ N(0, I), y ~ target, summed over dimensions. The exact velocity attains it; it is not 0, since many pairs (x0,
 * y) pass through one x_t. Up to three dimensions.
 *
 * The exact velocity is the conditional mean v* = E[u | x_t], so the floor is E||u||^2 - E||v*(x_t, t)||^2 = E tr Cov(u
 * | x_t). To lose no digits in that difference, the covariance is split over the component k (law of total variance):
 *   E[tr Cov(u | x_t, k)] = d (1 + s^2 - (t s^2 - (1 - t))^2 / D) = d s^2 / D,  D = (1 - t)^2 + t^2 s^2,
 *   tr Cov(E[u | x_t, k] | x_t) = (1 - kappa t)^2 tr Cov_r(m),  1 - kappa t = (1 - t) / D.
 * The first integrates over t to d s pi / 2, the whole floor of one Gaussian. The second is computed here:
 * Gauss-Legendre over t, and for each t the trapezoidal rule over x_t, whose components have means t m_k.
 */
export const bayesFloor = (target: Mixture): Estimate => {
  const single = (dimension(target) * target.std * Math.PI) / 2
  const value = single + betweenComponents(target, 28, 0.45)
  return { value, error: Math.abs(value - single - betweenComponents(target, 20, 0.55)) }
}

/** int_0^1 ((1 - t) / D)^2 E tr Cov_r(m) dt with `times` points in t and spacing h, in standard deviations, in x_t. */
const betweenComponents = (target: Mixture, times: number, h: number): number => {
  const mean = meanOver(dimension(target), h)
  const { points, weights } = gaussLegendre(times)
  let sum = 0
  for (const [n, point] of points.entries()) {
    const t = point[0]!
    const now = marginal(target, t)
    const spread = mean(now, (here) => here.spread) / t ** 2
    sum += weights[n]! * ((1 - t) / now.std ** 2) ** 2 * spread
  }
  return sum
}
