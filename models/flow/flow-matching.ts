import { type Dim, type Key, normal, split, type Tensor } from '../../dsl/index.ts'
import { type Coupling, coupledNoise } from './coupling.ts'
import { converted, type Parametrisation } from './parametrisation.ts'
import { linearPath, type Path } from './path.ts'
import { type DrawOptions, pathPoint } from './path-point.ts'
import { drawTimes, type Times, uniformTimes } from './times.ts'
import { sumOfDims, type Velocity } from './velocity.ts'

export interface FlowMatchingOptions extends Pick<DrawOptions, 'spread'> {
  /** What the network tells, and what its error is measured in. 'velocity' unless given. */
  readonly predicts?: Parametrisation
  /** Linear unless given. */
  readonly path?: Path
  /** Where times are drawn; times that are drawn more often count more. Uniform unless given. */
  readonly times?: Times
  /** A weight of the squared error at each time. 1 unless given. */
  readonly weight?: <N extends Dim>(t: Tensor<[N]>) => Tensor<[N]>
  /** Which noise belongs to which data: 'independent' unless given. */
  readonly coupling?: Coupling
}

/**
 * The loss that a prior is trained with, for each of the data y [n, d], [n]: the sum over the dims of (network(x_t, t)
 * - target)^2, where the target is the velocity of the point on its path, or the noise, the data or the score that the
 * network is to tell. The velocity that makes its mean least is the mean of all that pass there, whose loss is the
 * Bayes floor and not 0.
 *
 * The score's is multiplied by the share of noise, squared, so that it is finite. Lipman et al. 2023, arXiv 2210.02747.
 */
export function flowMatching<N extends Dim, D extends Dim>(
  network: Velocity<N, D>,
  y: Tensor<[N, D]>,
  key: Key,
  options: FlowMatchingOptions = {},
): Tensor<[N]> {
  const {
    predicts = 'velocity',
    path = linearPath,
    times = uniformTimes,
    spread = 'lowDiscrepancy',
    weight,
    coupling = 'independent',
  } = options
  const [forNoise, forTimes, forPairs] = split(key, 3)
  const noise = normal(forNoise, y.shape)
  const x0 = coupling === 'independent' ? noise : coupledNoise(forPairs, noise, y, coupling)
  const { x, t, u } = pathPoint(y, x0, drawTimes(forTimes, y.shape[0], times, spread), path)
  const told = network(x, t)
  const error = {
    velocity: () => told.sub(u),
    noise: () => told.sub(x0),
    data: () => told.sub(y),
    score: () => converted(told, 'score', 'noise', x, t, { path }).sub(x0),
  }[predicts]()
  const squared = sumOfDims(error.square())
  return weight === undefined ? squared : squared.mul(weight(t))
}
