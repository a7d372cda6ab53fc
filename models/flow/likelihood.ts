import { type Dim, full, type Key, type Tensor } from '../../dsl/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { randomDirections, type Trace, velocityAndDivergence } from './divergence.ts'
import { solve } from './ode.ts'
import { rk4, type Solver, tableaus } from './solvers.ts'
import { dimensionOf, sumOfDims, type Velocity } from './velocity.ts'

export interface LogProbOptions {
  /** rk4(50) unless given. */
  readonly solver?: Solver
  /**
   * 'exact' unless given; or Hutchinson's estimate along so many random directions of this key, the same for the whole
   * solve.
   */
  readonly divergence?: 'exact' | { readonly probes: number; readonly key: Key }
  /**
   * Whether the error is estimated, by solving again with half of the steps or ten times the tolerance, which takes
   * half as long again or a little more; true unless given.
   */
  readonly estimateError?: boolean
}

export interface LogProb<N extends Dim, D extends Dim> {
  /** log p(y), in nats. */
  readonly value: Tensor<[N]>
  /**
   * How far it may be off because steps are finite, in nats: an estimate and no bound. With fixed steps it is what
   * halving the steps changes, divided by 2^order - 1 (Richardson). With an adaptive solver it is what ten times the
   * tolerance changes, which is mostly several times the error: where points go is off as well as what is integrated on
   * their way, which alone its own estimate tells. 0 where it was not asked for.
   */
  readonly error: Tensor<[N]>
  /** Where the flow takes y: the noise that it would be made of. */
  readonly noise: Tensor<[N, D]>
  /** Rows whose tolerance an adaptive solver could not meet: their values are those of the steps it was left with. */
  readonly fallback: Tensor<[N], 'bool'>
  /** Velocities, each with its divergence, asked for of each row. */
  readonly evaluations: Tensor<[N], 'i32'>
}

/**
 * The log density of points y under the flow of a velocity, as the flow's equation has it: log p(y) = log N(x(0); 0, I)
 * - int_0^1 div v(x(t), t) dt along the path that ends in x(1) = y. Chen et al. 2018, arXiv 1806.07366.
 *
 * It may be differentiated in y and in all that the velocity depends on.
 */
export function logProb<N extends Dim, D extends Dim>(
  v: Velocity<N, D>,
  y: Tensor<[N, D]>,
  { solver = rk4(50), divergence = 'exact', estimateError = true }: LogProbOptions = {},
): LogProb<N, D> {
  const trace: Trace<N, D> = divergence === 'exact' ? 'exact' : randomDirections(divergence.key, y, divergence.probes)
  const at = (solver: Solver) => {
    const slope = (x: Tensor<[N, D]>, t: Tensor<[N]>) => {
      const [velocity, div] = velocityAndDivergence(v, x, t, trace)
      return { x: velocity, integral: div }
    }
    const solved = solve(slope, y, 1, 0, solver)
    // Integrated from 1 to 0 it is -int_0^1 div.
    return { solved, value: logNormal(solved.x).add(solved.integral) }
  }
  const { solved, value } = at(solver)
  const result = { value, noise: solved.x, fallback: solved.fallback, evaluations: solved.evaluations }
  if (!estimateError) return { ...result, error: full([y.shape[0]], 0) }
  if (solver.method === 'dopri5') {
    const loose = at({ ...solver, relative: 10 * solver.relative, absolute: 10 * solver.absolute })
    return {
      ...result,
      error: value.sub(loose.value).abs().maximum(solved.error),
      evaluations: solved.evaluations.add(loose.solved.evaluations),
    }
  }
  if (solver.steps < 2)
    throw fail(
      `value error: logProb: one step of ${solver.method} is no likelihood, and its error cannot be estimated; take more steps, such as rk4(50), or pass estimateError: false`,
    )
  const { order } = tableaus[solver.method]
  const half = Math.floor(solver.steps / 2)
  const coarse = at({ ...solver, steps: half })
  const gain = (solver.steps / half) ** order - 1
  return {
    ...result,
    error: value.sub(coarse.value).abs().div(gain),
    evaluations: solved.evaluations.add(coarse.solved.evaluations),
  }
}

/** log N(x; 0, I) of each row, in nats. */
const logNormal = <N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[N]> =>
  sumOfDims(x.square())
    .mul(-0.5)
    .sub((dimensionOf(x) / 2) * Math.log(2 * Math.PI))
