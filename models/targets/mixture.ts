import type { HostRandom } from './random.ts'

/**
 * A mixture of isotropic Gaussians sum_k w_k N(m_k, s^2 I), as data: the target whose density and velocity are known
 * exactly, in float64, on the host.
 *
 * Convention: t = 0 is noise x0 ~ N(0, I), t = 1 is data y, x_t = (1 - t) x0 + t y, and the velocity is v(x, t) = E[y -
 * x0 | x_t = x].
 */
export interface Mixture {
  /** w_k > 0, of sum 1. */
  readonly weights: readonly number[]
  /** m_k, all of one length d. */
  readonly means: readonly (readonly number[])[]
  /** s, the same for all. */
  readonly std: number
}

/** A mixture of Gaussians around `means`, equally likely unless `weights` (any positive numbers) says otherwise. */
export const gaussianMixture = (
  means: readonly (readonly number[])[],
  std: number,
  weights: readonly number[] = means.map(() => 1),
): Mixture => {
  const d = means[0]?.length ?? 0
  if (d === 0)
    throw new Error('gaussianMixture: expected at least one mean of at least one number; give [[0, 0]] for N(0, s^2 I)')
  const odd = means.findIndex((mean) => mean.length !== d)
  if (odd >= 0) {
    throw new Error(
      `gaussianMixture: expected means of one length; mean 0 has ${d} numbers and mean ${odd} has ${means[odd]!.length}`,
    )
  }
  if (weights.length !== means.length) {
    throw new Error(`gaussianMixture: expected a weight for each mean; got ${weights.length} for ${means.length}`)
  }
  if (!weights.every((weight) => weight > 0))
    throw new Error(`gaussianMixture: expected positive weights; got [${weights.join(', ')}]`)
  if (!(std > 0)) throw new Error(`gaussianMixture: expected a positive standard deviation; got ${std}`)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return { weights: weights.map((weight) => weight / total), means, std }
}

/**
 * Five Gaussians on a circle of radius 3 with std 0.3, all divided by sqrt(4.59), which makes E||y||^2 = 2: radius
 * 1.40028, std 0.14003.
 *
 * Source: the toy of Li et al., "Aligning Latent Spaces with Flow Priors", arXiv 2506.05240.
 */
export const fiveGaussians = (): Mixture => {
  const scale = Math.sqrt(4.59)
  const angles = [0, 1, 2, 3, 4].map((k) => (2 * Math.PI * k) / 5)
  const means = angles.map((angle) => [(3 / scale) * Math.cos(angle), (3 / scale) * Math.sin(angle)])
  return gaussianMixture(means, 0.3 / scale)
}

/** d, the number of dimensions. */
export const dimension = (mixture: Mixture): number => mixture.means[0]!.length

/** E||y||^2 = sum_k w_k ||m_k||^2 + d s^2. */
export const secondMoment = ({ weights, means, std }: Mixture): number =>
  means.reduce((sum, mean, k) => sum + weights[k]! * mean.reduce((square, m) => square + m * m, 0), 0) +
  means[0]!.length * std * std

/** log p(x), in nats. */
export const logDensity = (mixture: Mixture, x: ArrayLike<number>): number => {
  const logs = logJoint(mixture, x, 1, mixture.std ** 2)
  const most = greatest(logs)
  const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0)
  return most + Math.log(sum) - (x.length / 2) * Math.log(2 * Math.PI * mixture.std ** 2)
}

/** The distribution of x_t: means t m_k, variance D = (1 - t)^2 + t^2 s^2. */
export const marginal = ({ weights, means, std }: Mixture, t: number): Mixture => ({
  weights,
  means: means.map((mean) => mean.map((m) => t * m)),
  std: Math.hypot(1 - t, t * std),
})

/**
 * The exact velocity v(x, t) = mu + kappa (x - t mu) at one point, 0 <= t <= 1.
 *
 * mu = sum_k r_k m_k with r_k the probability of component k given x_t = x, and kappa = (t s^2 - (1 - t)) / D. Given
 * the component, u = y - x0 and x_t are jointly Gaussian with E u = m_k, E x_t = t m_k, Cov(u, x_t) = t s^2 - (1 - t)
 * and Var x_t = D; v is the mean of E[u | x_t, k] over r.
 */
export const velocity = (mixture: Mixture, x: ArrayLike<number>, t: number): Float64Array => {
  const { kappa, mean } = posterior(mixture, x, t)
  return mean.map((mu, i) => mu + kappa * (x[i]! - t * mu))
}

/** `velocity` at n points: x is [n, d], t is [n], the result is [n, d]. */
export const velocities = (mixture: Mixture, x: Float64Array, t: Float64Array): Float64Array => {
  const d = dimension(mixture)
  const result = new Float64Array(x.length)
  for (const [n, time] of t.entries()) result.set(velocity(mixture, x.subarray(n * d, (n + 1) * d), time), n * d)
  return result
}

/** div v(x, t), the trace of grad v = ((1 - kappa t) t / D) Cov_r(m) + kappa I. */
export const divergence = (mixture: Mixture, x: ArrayLike<number>, t: number): number => {
  const { kappa, variance, spread } = posterior(mixture, x, t)
  return (((1 - kappa * t) * t) / variance) * spread + kappa * x.length
}

/** What is known of the component, given x_t = x. */
interface Posterior {
  /** D = Var(x_t | k), per dimension. */
  readonly variance: number
  readonly kappa: number
  /** mu = sum_k r_k m_k. */
  readonly mean: Float64Array
  /** tr Cov_r(m) = sum_k r_k ||m_k - mu||^2. */
  readonly spread: number
}

export const posterior = (mixture: Mixture, x: ArrayLike<number>, t: number): Posterior => {
  const { means, std } = mixture
  const d = x.length
  const variance = (1 - t) ** 2 + (t * std) ** 2
  const r = softmax(logJoint(mixture, x, t, variance))
  const mean = new Float64Array(d)
  for (let k = 0; k < means.length; k += 1) for (let i = 0; i < d; i += 1) mean[i]! += r[k]! * means[k]![i]!
  let spread = 0
  for (let k = 0; k < means.length; k += 1) {
    for (let i = 0; i < d; i += 1) spread += r[k]! * (means[k]![i]! - mean[i]!) ** 2
  }
  return { variance, kappa: (t * std * std - (1 - t)) / variance, mean, spread }
}

/** n independent samples, [n, d] row-major. */
export const sample = ({ weights, means, std }: Mixture, random: HostRandom, n: number): Float32Array => {
  const d = means[0]!.length
  const samples = new Float32Array(n * d)
  for (let row = 0; row < n; row += 1) {
    const mean = means[componentAt(weights, random.uniform())]!
    for (let i = 0; i < d; i += 1) samples[row * d + i] = mean[i]! + std * random.normal()
  }
  return samples
}

/** The component in whose share of (0, 1) `u` lies, the shares being the weights in their order. */
export const componentAt = (weights: readonly number[], u: number): number => {
  let rest = u
  for (let k = 0; k < weights.length - 1; k += 1) {
    if (rest < weights[k]!) return k
    rest -= weights[k]!
  }
  return weights.length - 1
}

/** log w_k - ||x - t m_k||^2 / (2 D). */
const logJoint = ({ weights, means }: Mixture, x: ArrayLike<number>, t: number, variance: number): Float64Array => {
  const logs = new Float64Array(means.length)
  for (let k = 0; k < means.length; k += 1) {
    const mean = means[k]!
    let square = 0
    for (let i = 0; i < mean.length; i += 1) square += (x[i]! - t * mean[i]!) ** 2
    logs[k] = Math.log(weights[k]!) - square / (2 * variance)
  }
  return logs
}

const softmax = (logs: Float64Array): Float64Array => {
  const shares = new Float64Array(logs.length)
  const most = greatest(logs)
  let sum = 0
  for (let k = 0; k < logs.length; k += 1) {
    shares[k] = Math.exp(logs[k]! - most)
    sum += shares[k]!
  }
  for (let k = 0; k < logs.length; k += 1) shares[k]! /= sum
  return shares
}

const greatest = (logs: Float64Array): number => {
  let most = -Infinity
  for (let k = 0; k < logs.length; k += 1) if (logs[k]! > most) most = logs[k]!
  return most
}
