import type { AnyTensor, Dim, Shape, Specs, Tensor, Tensors } from '../../dsl/index.ts'
import { checkSpecs, specsIn } from '../../dsl/nn/layer.ts'
import { extentsOf } from '../../dsl/trace/held.ts'
import { fail, named } from '../../dsl/trace/trace.ts'
import { heldTensor } from '../../dsl/traced-tensor.ts'
import { checkTensor } from '../check-tensor.ts'

/** What the encoder of a variational autoencoder tells of each latent: a Gaussian with independent components. */
export interface Posterior<T> {
  readonly mean: T
  /** The natural logarithm of the variance. */
  readonly logVariance: T
}

/**
 * A pair of networks with parameters, as a value: from rows of data of shape X to latents of shape Z and back. Z is
 * [d], or [tokens, d]. As a velocity field, it is the specs of its parameters and pure functions, so that a program
 * says `program({ params: model.params, image: f32('n', 28, 28) }, ({ params, image }) => model.encode(params,
 * image))`. A row depends on no other.
 */
export interface Autoencoder<X extends Shape, Z extends Shape, P extends Specs, V extends boolean = boolean> {
  /** X, of a row of data. */
  readonly shape: X
  /** Z, of its latents. */
  readonly latentShape: Z
  /** Whether the encoder tells a distribution, as in a VAE. */
  readonly variational: V
  /** Those of the encoder and of the decoder. */
  readonly params: P
  /**
   * Latents [N, ...Z] of rows [N, ...X]: where the encoder tells a distribution, its mean.
   *
   * @throws FluxionError where a tensor has another shape or dtype, or where parameters are missing.
   */
  encode<N extends Dim>(params: Tensors<P>, x: Tensor<[N, ...X]>): Tensor<[N, ...Z]>
  /** The distribution of the latents [N, ...Z] of each row [N, ...X]; of a model that is not variational it throws. */
  posterior<N extends Dim>(
    params: Tensors<P>,
    x: Tensor<[N, ...X]>,
  ): V extends true ? Posterior<Tensor<[N, ...Z]>> : never
  /**
   * What the decoder makes, [N, ...X], of latents [N, ...Z]: pixels, or for the reconstruction 'bernoulli' logits of
   * them.
   */
  decode<N extends Dim>(params: Tensors<P>, z: Tensor<[N, ...Z]>): Tensor<[N, ...X]>
}

/** One of the networks. */
export interface Network {
  readonly params: Specs
  readonly apply: (params: never, x: Batch) => AnyTensor
}
export type Batch = Tensor<['n', ...number[]]>

/**
 * What a kind of autoencoder says of itself. The encoder gives [n, ...latentShape]; of a variational model twice as
 * many along the last axis, means and then logarithms of variances.
 */
export interface AutoencoderParts {
  /** In complaints, and around its equations. */
  readonly name: string
  readonly shape: readonly number[]
  readonly latentShape: readonly number[]
  readonly variational: boolean
  readonly encoder: Network
  readonly decoder: Network
}

/**
 * The autoencoder of its parts. What it is given is looked at before they see it, and results have the shapes that it
 * says.
 */
export function autoencoderOf({ name, shape, latentShape, variational, encoder, decoder }: AutoencoderParts): unknown {
  const params = { encoder: encoder.params, decoder: decoder.params }
  const specs = specsIn(params)
  const checked = (given: Given, what: string, x: Batch, row: readonly number[]) => {
    checkTensor(name, what, x, 'f32', [undefined, ...row])
    checkSpecs('params', specs, given)
    return extentsOf(heldTensor(name, x))[0]!.dim
  }
  const code = (given: Given, x: Batch): Posterior<Batch> => {
    const n = checked(given, 'x', x, shape)
    const made = named('encoder', () => encoder.apply(given.encoder, x))
    if (!variational) return { mean: batch(made, n, latentShape), logVariance: undefined as never }
    const wide = batch(made, n, [...latentShape.slice(0, -1), 2 * latentShape.at(-1)!])
    const [mean, logVariance] = wide.split(2, -1) as unknown as [Batch, Batch]
    return { mean, logVariance }
  }
  return {
    shape,
    latentShape,
    variational,
    params,
    encode: (given: Given, x: Batch) => named(name, () => code(given, x).mean),
    posterior: (given: Given, x: Batch) => {
      if (!variational)
        throw fail(`type error: ${name}: this model tells no distribution; make it with { variational: true }`)
      return named(name, () => code(given, x))
    },
    decode: (given: Given, z: Batch) =>
      named(name, () => {
        const n = checked(given, 'z', z, latentShape)
        return batch(
          named('decoder', () => decoder.apply(given.decoder, z)),
          n,
          shape,
        )
      }),
  }
}

interface Given {
  readonly encoder: never
  readonly decoder: never
}

/** The elements of n rows, as rows of a shape. */
export const batch = (x: AnyTensor, n: Dim, row: readonly number[]): Batch =>
  (x as Tensor<[number]>).reshape([n, ...row] as never)

/** The number of elements of a row. */
export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
