import {
  f32,
  type Key,
  key,
  type Program,
  program,
  type Shape,
  type Specs,
  split,
  type Tensor,
  type Tensors,
  valueAndGrad,
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
import type { Autoencoder } from './autoencoder.ts'
import { type AutoencoderLossOptions, type AutoencoderTerms, autoencoderLoss, checkLossOptions } from './loss.ts'

export interface AutoencoderStepOptions<
  Z extends Shape,
  L extends Layout,
  E extends Specs | undefined,
  A extends number | undefined,
  C extends string,
> extends AutoencoderLossOptions<Z, E> {
  /** Adam with a learning rate of 1e-3 unless given. */
  readonly optimiser?: Optimiser<L>
  /** The decay of an average of the parameters; without it none is kept. */
  readonly averaging?: A
  /** The name of the input with the data, which is that of the column of a dataset. 'image' unless given. */
  readonly column?: C
}

/** What training an autoencoder keeps. */
export type AutoencoderState<P, L, A> = {
  readonly params: P
  readonly opt: State<L, P>
  readonly key: Key
} & (A extends number
  ? {
      /** Their exponential moving average: `ema(decay).read(state.average)` gives it as parameters. */
      readonly average: State<EmaLayout, P>
    }
  : unknown)

/** Data, [n, ...X]; and what the regulariser needs. */
export type AutoencoderInputs<X extends Shape, P, L, A, E, C extends string> = {
  state: AutoencoderState<P, L, A>
} & { [K in C]: Tensor<['n', ...X]> } & (E extends Specs
    ? [keyof E] extends [never]
      ? unknown
      : { extra: Tensors<E> }
    : unknown)

/**
 * One step of training an autoencoder on data [n, ...X], as a program for `fit`: `autoencoderLoss` of the parameters before the step, whose terms are results by name, each by itself. What a regulariser needs, such as the parameters of a prior, is an input that
 * is not trained: no gradient is taken in it.
 *
 * @throws FluxionError where an option is not one, or `kl` is given for a model that is not variational.
 */
export function autoencoderStep<
  X extends Shape,
  Z extends Shape,
  P extends Specs,
  V extends boolean,
  E extends Specs | undefined = undefined,
  A extends number | undefined = undefined,
  const C extends string = 'image',
  L extends Layout = Counted<AdamLayout>,
>(
  model: Autoencoder<X, Z, P, V>,
  options: AutoencoderStepOptions<Z, L, E, A, C> = {},
): Program<
  AutoencoderInputs<X, Tensors<P>, L, A, E, C>,
  { state: AutoencoderState<Tensors<P>, L, A> } & AutoencoderTerms<V, E>
> {
  const { optimiser = adam({ learningRate: 1e-3 }), averaging, column = 'image', ...losses } = options
  checkLossOptions('autoencoderStep', model.variational, losses)
  const average = averaging === undefined ? undefined : ema(averaging)
  const opt = optimiser as unknown as AnyOptimiser
  const extra = losses.regulariser?.inputs
  const inputs = {
    state: {
      params: model.params,
      opt: opt.state(model.params),
      key: key(),
      ...(average && { average: average.state(model.params as never) }),
    },
    [column]: f32('n', ...model.shape),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  }
  const body = ({ state, ...given }: AnyInputs) => {
    const [next, forLoss] = split(state.key, 2)
    const loss = (params: unknown) => {
      const { loss, ...terms } = autoencoderLoss(
        model,
        params as never,
        given[column] as never,
        forLoss as Key,
        losses,
        given.extra as never,
      )
      return [loss, terms]
    }
    const [[value, terms], gradients] = (valueAndGrad as unknown as ValueAndGrad)(loss, { aux: true })(state.params)
    const moved = opt.update(gradients, state.opt, state.params)
    const averaged = average && { average: average.update(moved.params as never, state.average as never) }
    return { state: { ...moved, key: next, ...averaged }, loss: value, ...terms }
  }
  return program(inputs as never, body as never, { name: 'autoencoderStep' }) as never
}

// Which of these records a model and an optimiser have is known to the caller's types; here they are any.
interface AnyInputs {
  readonly state: { readonly params: unknown; readonly opt: unknown; readonly average?: unknown; readonly key: Key }
  readonly [name: string]: unknown
}
interface AnyOptimiser {
  state(params: unknown): unknown
  update(gradients: unknown, state: unknown, params: unknown): { params: unknown; opt: unknown }
}
type ValueAndGrad = (
  f: (params: unknown) => readonly unknown[],
  options: { readonly aux: true },
) => (params: unknown) => readonly [readonly [Tensor<[]>, object], unknown]
