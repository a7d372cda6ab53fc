import {
  f32,
  type Key,
  key,
  type Program,
  program,
  type Shape,
  type Specs,
  split,
  stopGradient,
  type Tensor,
  type Tensors,
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
import { flowMatching } from '../flow/flow-matching.ts'
import { type AnyOptimiser, ofTokens, valueAndGradBeside } from '../untyped.ts'
import type { Autoencoder, Batch } from './autoencoder.ts'
import {
  type AutoencoderLossOptions,
  type AutoencoderTerms,
  checkLossOptions,
  lossOfLatents,
  type Student,
} from './loss.ts'

export interface AutoencoderStepOptions<
  Z extends Shape,
  L extends Layout,
  E extends Specs | undefined,
  A extends number | undefined,
  C extends string,
  S extends Specs | undefined = undefined,
> extends AutoencoderLossOptions<Z, E, S> {
  /** Adam with a learning rate of 1e-3 unless given. */
  readonly optimiser?: Optimiser<L>
  /** The decay of an average of the parameters; without it none is kept. */
  readonly averaging?: A
  /** The name of the input with the data, which is that of the column of a dataset. 'image' unless given. */
  readonly column?: C
}

/** What training an autoencoder keeps. */
export type AutoencoderState<P, L, A, S = undefined> = {
  readonly params: P
  readonly opt: State<L, P>
  readonly key: Key
} & (A extends number
  ? {
      /** Their exponential moving average: `ema(decay).read(state.average)` gives it as parameters. */
      readonly average: State<EmaLayout, P>
    }
  : unknown) &
  (S extends Specs
    ? { readonly student: { readonly params: Tensors<S>; readonly opt: State<Counted<AdamLayout>, Tensors<S>> } }
    : unknown)

/** Data, [n, ...X]; and what the regulariser needs. */
export type AutoencoderInputs<X extends Shape, P, L, A, E, C extends string, S = undefined> = {
  state: AutoencoderState<P, L, A, S>
} & { [K in C]: Tensor<['n', ...X]> } & (E extends Specs
    ? [keyof E] extends [never]
      ? unknown
      : { extra: Tensors<E> }
    : unknown)

/**
 * One step of training an autoencoder on data [n, ...X], as a program for `fit`: `autoencoderLoss` of the parameters
 * before the step, whose terms are results by name, each by itself. What a regulariser needs, such as the parameters of
 * a prior, is an input that is not trained: no gradient is taken in it. A student is trained beside, by flow matching
 * on the latents of the step; its loss is the result `student`.
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
  S extends Specs | undefined = undefined,
>(
  model: Autoencoder<X, Z, P, V>,
  options: AutoencoderStepOptions<Z, L, E, A, C, S> = {},
): Program<
  AutoencoderInputs<X, Tensors<P>, L, A, E, C, S>,
  { state: AutoencoderState<Tensors<P>, L, A, S> } & AutoencoderTerms<V, E> &
    (S extends Specs ? { student: Tensor<[]> } : unknown)
> {
  const { optimiser = adam({ learningRate: 1e-3 }), averaging, column = 'image', ...losses } = options
  checkLossOptions('autoencoderStep', model.variational, losses, model.latentShape.at(-1) as number)
  const average = averaging === undefined ? undefined : ema(averaging)
  const opt = optimiser as unknown as AnyOptimiser
  const { inputs: extra, student } = losses.regulariser ?? {}
  const studentOpt = adam({ learningRate: student?.learningRate ?? 1e-3 }) as unknown as AnyOptimiser
  const inputs = {
    state: {
      params: model.params,
      opt: opt.state(model.params),
      key: key(),
      ...(average && { average: average.state(model.params as never) }),
      ...(student && { student: { params: student.field.params, opt: studentOpt.state(student.field.params) } }),
    },
    [column]: f32('n', ...model.shape),
    ...(extra && Object.keys(extra).length > 0 && { extra }),
  }
  const body = ({ state, ...given }: AnyInputs) => {
    const [next, forLoss, forStudent] = student ? split(state.key, 3) : split(state.key, 2)
    const told = { ...(given.extra as object), ...(state.student && { student: state.student.params }) }
    const loss = (params: unknown) => {
      const found = lossOfLatents(
        model as never,
        params as never,
        given[column] as never,
        forLoss as Key,
        losses as never,
        told,
      )
      return [found.loss, { terms: found.terms, latents: found.latents }] as const
    }
    const [[value, { terms, latents }], gradients] = valueAndGradBeside(loss)(state.params)
    const moved = opt.update(gradients, state.opt, state.params)
    const averaged = average && { average: average.update(moved.params as never, state.average as never) }
    const taught = student && state.student && teach(student, latents, state.student, studentOpt, forStudent as Key)
    return {
      state: { ...moved, key: next, ...averaged, ...(taught && { student: taught.state }) },
      loss: value,
      ...terms,
      ...(taught && { student: taught.loss }),
    }
  }
  return program(inputs as never, body as never, { name: 'autoencoderStep' }) as never
}

/**
 * A step of a student on latents [n, d] or [n, tokens, d]: what it is, and the mean of its loss, summed over tokens.
 */
function teach({ field }: Student<Specs>, latents: Batch, { params, opt }: Taught, optimiser: AnyOptimiser, key: Key) {
  const seen = stopGradient(latents)
  const loss = (params: unknown) => {
    const velocity = (x: Tensor<['n', number]>, t: Tensor<['n']>) => field.apply(params as never, x, t)
    const once = (y: Tensor<['n', number]>, key: Key) => flowMatching(velocity, y, key)
    const each =
      seen.shape.length === 2
        ? once(seen as Tensor<['n', number]>, key)
        : ofTokens(once, seen as Tensor<['n', number, number]>, key).sum(0)
    return [each.mean(), {}] as const
  }
  const [[value], gradients] = valueAndGradBeside(loss)(params)
  return { state: optimiser.update(gradients, opt, params), loss: value }
}

// Which of these records there are is known to the caller's types.
interface AnyInputs {
  readonly state: Taught & { readonly average?: unknown; readonly key: Key; readonly student?: Taught }
  readonly [name: string]: unknown
}
interface Taught {
  readonly params: unknown
  readonly opt: unknown
}
