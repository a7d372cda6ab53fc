import { entropy } from './entropy.ts'
import { bayesFloor } from './floor.ts'
import { dimension, divergence, logDensity, type Mixture, sample, velocity } from './mixture.ts'
import type { Estimate } from './quadrature.ts'
import type { HostRandom } from './random.ts'

/**
 * A distribution of data y whose flow from N(0, I) is known exactly, in float64, on the host. What a target has not is
 * absent: a set of points has no density, so neither has it an entropy.
 *
 * Convention: t = 0 is noise, t = 1 is data, x_t = (1 - t) x0 + t y. Losses are summed over dimensions; densities are
 * in nats.
 */
export interface Target {
  readonly name: string
  /** d. */
  readonly dimension: number
  /** n independent samples, [n, d] row-major. */
  sample(random: HostRandom, n: number): Float32Array
  /** v*(x, t) = E[y - x0 | x_t = x] at a point [d]. */
  velocity(x: ArrayLike<number>, t: number): Float64Array
  /** div v*(x, t). */
  divergence(x: ArrayLike<number>, t: number): number
  /** log p(y) of a point [d]. */
  logDensity?(y: ArrayLike<number>): number
  /** -E log p(y). */
  entropy?(): Estimate
  /** E ||v* - u||^2, the least flow-matching loss; also the mean of the alignment loss over the data. */
  bayesFloor?(): Estimate
  /** The same distribution as a mixture, for what takes one: `velocities`, `alignmentLoss`, `excessOverFloor`. */
  readonly mixture?: Mixture
}

/** What is known of a mixture. */
export interface MixtureTarget extends Target {
  logDensity(y: ArrayLike<number>): number
  entropy(): Estimate
  bayesFloor(): Estimate
  readonly mixture: Mixture
}

/**
 * A mixture as a target. Entropy and floor are by quadrature, up to three dimensions, and are computed once, when they
 * are first asked for.
 */
export function mixtureTarget(name: string, mixture: Mixture): MixtureTarget {
  let [known, floor]: (Estimate | undefined)[] = []
  return {
    name,
    dimension: dimension(mixture),
    mixture,
    sample: (random, n) => sample(mixture, random, n),
    velocity: (x, t) => velocity(mixture, x, t),
    divergence: (x, t) => divergence(mixture, x, t),
    logDensity: (y) => logDensity(mixture, y),
    entropy() {
      known ??= entropy(mixture)
      return known
    },
    bayesFloor() {
      floor ??= bayesFloor(mixture)
      return floor
    },
  }
}
