import { categorical, type Dim, foriLoop, full, type Key, stopGradient, type Tensor } from '../../dsl/index.ts'
import { checkCount, checkPositive } from '../../dsl/option.ts'

/** Which noise belongs to which data of a batch: any, or near ones, by optimal transport between the two batches. */
export type Coupling = 'independent' | OptimalTransport

export interface OptimalTransport {
  readonly method: 'optimalTransport'
  /**
   * The weight of the plan's entropy, as a share of the mean squared distance: 0.02 unless given. The smaller, the
   * nearer to an assignment, and the more turns it needs.
   */
  readonly regularisation?: number
  /** Turns of Sinkhorn's iteration: 100 unless given. */
  readonly turns?: number
}

/**
 * For each of the data one of the noises, drawn from the plan of entropic optimal transport between the two batches,
 * for the squared distance (Sinkhorn's iteration on log scale, Cuturi 2013, arXiv 1306.0895). The paths are then nearly
 * straight, and flows need fewer steps. Tong et al. 2024, arXiv 2302.00482; Pooladian et al. 2023, arXiv 2304.14772.
 *
 * The last turn makes the plan's rows right, so that each of the data is taken once; a noise may be taken more than
 * once or not at all, though on average as often as any other.
 */
export function coupledNoise<N extends Dim, D extends Dim>(
  key: Key,
  noise: Tensor<[N, D]>,
  y: Tensor<[N, D]>,
  coupling: Exclude<Coupling, 'independent'>,
): Tensor<[N, D]> {
  const plan = transportPlan(noise, y, coupling)
  const chosen = categorical(key, plan as unknown as Tensor<['n', 'n']>)
  return noise.take(chosen, 0) as unknown as Tensor<[N, D]>
}

/** The log of the plan, up to a constant for each row: [data, noise]. A constant to derivatives. */
export function transportPlan<N extends Dim, D extends Dim>(
  noise: Tensor<[N, D]>,
  y: Tensor<[N, D]>,
  { regularisation = 0.02, turns = 100 }: OptimalTransport,
): Tensor<[N, N]> {
  checkPositive('coupling', 'regularisation', regularisation)
  checkCount('coupling', 'turns', turns)
  const [a, b] = [stopGradient(y), stopGradient(noise)]
  const cost = a.square().sum(1).expand(1).add(b.square().sum(1)).sub(a.matmul(b.transpose()).mul(2)) as Tensor<
    ['n', 'n']
  >
  const gain = cost.div(cost.mean().mul(regularisation)).neg()
  const start = full(['n'], 0)
  const [, ofNoise] = foriLoop(
    0,
    turns,
    (_, [, g]) => {
      const f = gain.add(g).logSumExp(1).neg()
      return [f, gain.add(f.expand(1)).logSumExp(0).neg()] as [Tensor<['n']>, Tensor<['n']>]
    },
    [start, start],
  )
  return gain.add(ofNoise) as unknown as Tensor<[N, N]>
}
