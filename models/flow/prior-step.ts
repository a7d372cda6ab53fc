import {
  type Dim,
  f32,
  i32,
  type Key,
  key,
  type Program,
  program,
  type Specs,
  split,
  type Tensor,
  type Tensors,
  uniform,
  valueAndGrad,
  where,
} from '../../dsl/index.ts'
import {
  type AdamLayout,
  adam,
  type Counted,
  type EmaLayout,
  ema,
  type Layout,
  type Optimiser,
  type State,
} from '../../dsl/optim/index.ts'
import { fail } from '../../dsl/trace/trace.ts'
import type { AnyField, AnyOptimiser } from '../untyped.ts'
import type { Condition, Conditioning } from './fields/condition.ts'
import type { VelocityField } from './fields/velocity-field.ts'
import { type FlowMatchingOptions, flowMatching } from './flow-matching.ts'

export interface PriorStepOptions<L extends Layout> extends FlowMatchingOptions {
  /** Adam with a learning rate of 1e-3 unless given. */
  readonly optimiser?: Optimiser<L>
  /** The decay of the averaged parameters, which are the ones to use after training: 0.999 unless given. */
  readonly averaging?: number
  /**
   * The share of conditions that is dropped, so that the field learns to do without: 0.1 unless given, where there are
   * conditions.
   */
  readonly drop?: number
}

/** What training a prior keeps. */
export interface PriorState<P, L> {
  readonly params: P
  readonly opt: State<L, P>
  /** Their exponential moving average: `ema(decay).read(state.average)` gives it as parameters. */
  readonly average: State<EmaLayout, P>
  readonly key: Key
}

/** y, the data, [n, d]; and their conditions, where the field takes them. */
export type PriorInputs<D extends Dim, P, L, C> = {
  state: PriorState<P, L>
  y: Tensor<['n', D]>
} & (C extends Conditioning ? { condition: Condition<C, 'n'> } : unknown)

/**
 * One step of training a flow prior on data y [n, d] by flow matching, as a program for `fit`: noise and times are
 * drawn from the key in the state, and an average of the parameters is kept beside them. It gives the mean over the
 * batch of the loss (sum over dims) of the parameters before the step.
 */
export function priorStep<
  D extends Dim,
  P extends Specs,
  C extends Conditioning | undefined,
  L extends Layout = AdamState,
>(
  field: VelocityField<D, P, C>,
  options: PriorStepOptions<L> = {},
): Program<PriorInputs<D, Tensors<P>, L, C>, { state: PriorState<Tensors<P>, L>; loss: Tensor<[]> }> {
  const { optimiser = adam({ learningRate: 1e-3 }), averaging = 0.999, drop = 0.1, ...matching } = options
  if (!(drop >= 0 && drop <= 1)) throw fail(`type error: priorStep: drop is ${drop}, needs a share from 0 to 1`)
  const average = ema(averaging)
  const opt = optimiser as unknown as AnyOptimiser<Params>
  const plain = field as unknown as AnyField
  const inputs = {
    state: {
      params: field.params,
      opt: opt.state(field.params),
      average: average.state(field.params as never),
      key: key(),
    },
    y: f32('n', field.dimension as number),
    ...(field.condition !== undefined && { condition: conditionSpec(field.condition) }),
  }
  const body = ({ state, y, condition }: AnyInputs) => {
    const [next, forLoss, forDrop] = split(state.key, 3)
    const told = condition && dropped(condition, forDrop, drop)
    const loss = (params: unknown) =>
      flowMatching(
        (x: Tensor<['n', number]>, t: Tensor<['n']>) => plain.apply(params, x, t, told),
        y,
        forLoss,
        matching,
      ).mean()
    const [value, gradients] = valueAndGrad(loss as (params: Params) => Tensor<[]>)(state.params)
    const moved = opt.update(gradients, state.opt, state.params)
    const averaged = average.update(moved.params as never, state.average as never)
    return { state: { params: moved.params, opt: moved.opt, average: averaged, key: next }, loss: value }
  }
  return program(inputs as never, body as never, { name: 'priorStep' }) as never
}

type AdamState = Counted<AdamLayout>

/** Conditions where some rows are as if they had none. */
function dropped(condition: Tensor<['n', number]> | Tensor<['n'], 'i32'>, key: Key, share: number) {
  if (share === 0) return condition
  const gone = uniform(key, ['n']).less(share)
  return condition.dtype === 'i32'
    ? where(gone, -1, condition as Tensor<['n'], 'i32'>)
    : where(gone.expand(1), 0, condition as Tensor<['n', number]>)
}

const conditionSpec = (told: Conditioning) => ('features' in told ? f32('n', told.features) : i32('n'))

type Params = { readonly [name: string]: Tensor<[number]> }
interface AnyInputs {
  readonly state: { readonly params: Params; readonly opt: unknown; readonly average: unknown; readonly key: Key }
  readonly y: Tensor<['n', number]>
  readonly condition?: Tensor<['n', number]> | Tensor<['n'], 'i32'>
}
