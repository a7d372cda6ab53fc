import {
  f32,
  initialised,
  type Key,
  key,
  normal,
  type Program,
  program,
  type Specs,
  split,
  type Tensor,
  type Tensors,
  valueAndGrad,
} from '../../dsl/index.ts'
import { type AdamLayout, adam, type Counted, type Layout, type Optimiser, type State } from '../../dsl/optim/index.ts'
import type { AnyOptimiser } from '../untyped.ts'

export interface FreePointsOptions<G extends Specs, L extends Layout> {
  /**
   * What the objective is given beside the points, and what is not trained: the parameters of a prior. Nothing unless
   * given.
   */
  readonly given?: G
  /** Adam with a learning rate of 1e-2 unless given. */
  readonly optimiser?: Optimiser<L>
}

/** Points that are parameters themselves. */
export type FreePoints<D extends number> = { readonly y: Tensor<['n', D]> }

/** What moving points keeps. */
export interface FreePointsState<D extends number, L> {
  readonly params: FreePoints<D>
  readonly opt: State<L, FreePoints<D>>
  readonly key: Key
}

/**
 * One step of moving n free points y [n, d] down the gradient of an objective, each on its own, as a program for `fit`.
 * They start as samples of N(0, I). It is what alignment does to latents that nothing else holds, so where they end
 * shows what the objective asks for. It gives the mean of the objective over the points before the step.
 *
 * The toy experiment of Li et al. 2025, arXiv 2506.05240, section 4.1: 1,000 points, Adam with 1e-2, 5,000 steps.
 */
export function freePointsStep<
  D extends number,
  G extends Specs = Record<never, never>,
  L extends Layout = Counted<AdamLayout>,
>(
  dimension: D,
  objective: (y: Tensor<['n', D]>, key: Key, given: Tensors<G>) => Tensor<['n']>,
  options: FreePointsOptions<G, L> = {},
): Program<
  { state: FreePointsState<D, L>; given: Tensors<G> },
  { state: FreePointsState<D, L>; objective: Tensor<[]> }
> {
  const { given = {}, optimiser = adam({ learningRate: 1e-2 }) } = options
  const opt = optimiser as unknown as AnyOptimiser<AnyPoints>
  const params = { y: initialised(f32('n', dimension), (key, shape) => normal(key, shape)) }
  const inputs = { state: { params, opt: opt.state(params), key: key() }, given }
  const body = ({ state, given }: AnyInputs) => {
    const [next, forDraws] = split(state.key, 2)
    // The sum, so that the gradient of a point is that of its own objective.
    const [total, gradients] = valueAndGrad((params: AnyPoints) =>
      objective(params.y as never, forDraws, given as never).sum(),
    )(state.params)
    const moved = opt.update(gradients, state.opt, state.params)
    return {
      state: { params: moved.params, opt: moved.opt, key: next },
      objective: total.div(state.params.y.size(0)),
    }
  }
  return program(inputs as never, body, { name: 'freePointsStep' }) as never
}

type AnyPoints = { readonly y: Tensor<['n', number]> }
interface AnyInputs {
  readonly state: { readonly params: AnyPoints; readonly opt: unknown; readonly key: Key }
  readonly given: unknown
}
