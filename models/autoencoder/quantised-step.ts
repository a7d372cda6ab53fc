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
} from '../../dsl/index.ts'
import { type AdamLayout, adam, type Counted, type Layout, type Optimiser, type State } from '../../dsl/optim/index.ts'
import { checkNotNegative } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { type AnyOptimiser, valueAndGradBeside } from '../untyped.ts'
import { type Autoencoder, type Batch, batch, elements } from './autoencoder.ts'
import { type Reconstruction, reconstructionLoss } from './loss.ts'
import type { CodebookMethod, CodebookParams, CodebookState, Quantised, VectorQuantiser } from './quantiser.ts'

export interface QuantisedStepOptions<L extends Layout, C extends string> {
  /** Adam with a learning rate of 1e-3 unless given. */
  readonly optimiser?: Optimiser<L>
  /** 'squared' unless given. */
  readonly reconstruction?: Reconstruction
  /** What the commitment is multiplied by: 0.25 unless given. */
  readonly commitment?: number
  /** The name of the input with the data, which is that of the column of a dataset. 'image' unless given. */
  readonly column?: C
}

/**
 * What training a VQ-VAE keeps. The parameters are those of the networks, and the codebook's where it is trained by
 * gradient.
 */
export interface QuantisedState<P, L, K extends number, D extends number, M> {
  readonly params: P & Tensors<CodebookParams<K, D, M>>
  readonly opt: State<L, P & Tensors<CodebookParams<K, D, M>>>
  readonly quantiser: Tensors<CodebookState<K, D, M>>
  readonly key: Key
}

/** Means over the batch, sums over pixels, and over the tokens and dims of latents. */
export interface QuantisedTerms {
  loss: Tensor<[]>
  reconstruction: Tensor<[]>
  /** Without its weight. */
  commitment: Tensor<[]>
  /** Of the codes that the batch has: K where all are used alike. */
  perplexity: Tensor<[]>
}

/**
 * One step of training a VQ-VAE on data [n, ...X], as a program for `fit`: latents are rounded to codes of the width of
 * their last axis, each token by itself, and decoded. The loss is the reconstruction + commitment ||z - code||^2, and
 * ||z - code||^2 for the codes where they are trained by gradient. Of dead codes a restarted one takes the place of the
 * trained.
 *
 * Van den Oord, Vinyals and Kavukcuoglu 2017, arXiv 1711.00937.
 *
 * @throws FluxionError where the model is variational, or its latents are not as wide as the codes.
 */
export function quantisedStep<
  X extends Shape,
  Z extends Shape,
  P extends Specs,
  K extends number,
  D extends number,
  M extends CodebookMethod,
  const C extends string = 'image',
  L extends Layout = Counted<AdamLayout>,
>(
  model: Autoencoder<X, Z, P, false>,
  quantiser: VectorQuantiser<K, D, M>,
  options: QuantisedStepOptions<L, C> = {},
): Program<
  { state: QuantisedState<Tensors<P>, L, K, D, M> } & { [Q in C]: Tensor<['n', ...X]> },
  { state: QuantisedState<Tensors<P>, L, K, D, M> } & QuantisedTerms
> {
  const of = 'quantisedStep'
  const {
    optimiser = adam({ learningRate: 1e-3 }),
    reconstruction = 'squared',
    commitment = 0.25,
    column = 'image',
  } = options
  if (model.variational) throw fail(`type error: ${of}: the model is variational; its latents are not rounded`)
  const row = model.latentShape as readonly number[]
  if (row.at(-1) !== quantiser.dimension)
    throw fail(
      `type error: ${of}: latents are [${row.join(', ')}], needs vectors of ${quantiser.dimension}, as codes are`,
    )
  checkNotNegative(of, 'commitment', commitment)
  const opt = optimiser as unknown as AnyOptimiser<AnyParams>
  const book = quantiser as unknown as AnyQuantiser
  const params = { ...model.params, ...quantiser.params }
  const inputs = {
    state: { params, opt: opt.state(params), quantiser: quantiser.state, key: key() },
    [column]: f32('n', ...model.shape),
  }
  const body = ({ state, ...given }: AnyInputs) => {
    const [next, forUpdate] = split(state.key, 2)
    const image = given[column]
    const loss = (params: AnyParams) => {
      const z = model.encode(params as never, image as never) as unknown as Batch
      const count = z.size(0) * elements(row.slice(0, -1))
      const vectors = z.reshape([count, row.at(-1)!])
      const found = book.quantise(book.codebook(params, state.quantiser), vectors)
      const decoded = model.decode(params as never, batch(found.z, z.shape[0], row) as never)
      const perRow = (x: Tensor<[number]>) => x.sum().div(z.size(0))
      const terms = {
        reconstruction: reconstructionLoss(decoded, image as never, reconstruction).mean(),
        commitment: perRow(found.commitment),
        perplexity: found.perplexity,
      }
      const fitted = terms.reconstruction.add(terms.commitment.mul(commitment))
      const value = quantiser.method === 'gradient' ? fitted.add(perRow(found.codebook)) : fitted
      return [value, { terms, vectors, indices: found.indices }] as const
    }
    const [[value, { terms, vectors, indices }], gradients] = valueAndGradBeside(loss)(state.params)
    const moved = opt.update(gradients, state.opt, state.params)
    const updated = book.update(moved.params, state.quantiser, vectors, indices, forUpdate)
    return {
      state: { params: { ...moved.params, ...updated.params }, opt: moved.opt, quantiser: updated.state, key: next },
      loss: value,
      ...terms,
    }
  }
  return program(inputs as never, body, { name: of }) as never
}

// Which of these records a model and a quantiser have is known to the caller's types; here they are any.
interface AnyParams {
  readonly codebook?: Tensor<[number, number]>
}
interface AnyInputs {
  readonly state: { readonly params: AnyParams; readonly opt: unknown; readonly quantiser: unknown; readonly key: Key }
  readonly [name: string]: unknown
}
interface AnyQuantiser {
  codebook(params: unknown, state: unknown): Tensor<[number, number]>
  quantise(codebook: unknown, vectors: unknown): Quantised<number, number>
  update(
    params: unknown,
    state: unknown,
    vectors: unknown,
    indices: unknown,
    key: Key,
  ): { params: object; state: unknown }
}
