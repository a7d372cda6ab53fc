import type { Shape, Specs, Tensors } from '../../dsl/index.ts'
import { checkFlag, optionsOf } from '../../dsl/option.ts'
import { type Autoencoder, type AutoencoderParts, autoencoderOf } from './autoencoder.ts'
import { type Latent, type LatentShape, latentShapeOf } from './sizes.ts'

/** A network of the author's: the specs of its parameters and what it makes of a batch of rows. Any layer is one. */
export interface OwnNetwork<P extends Specs> {
  readonly params: P
  apply(params: Tensors<P>, x: never): unknown
}

export interface AutoencoderOptions<
  X extends Shape,
  Z extends Latent,
  E extends Specs,
  D extends Specs,
  V extends boolean,
> {
  /** X, of a row of data. */
  readonly shape: X
  /** d, or [tokens, d] for latents that are several vectors each. */
  readonly latent: Z
  /**
   * From rows [n, ...X] to as many numbers as latents have, in any shape of n rows; of a variational model to twice as
   * many along the last axis, means and then logarithms of variances.
   */
  readonly encoder: OwnNetwork<E>
  /** From latents [n, ...Z] to as many numbers as rows have. */
  readonly decoder: OwnNetwork<D>
  /** Whether the encoder tells a Gaussian for each latent, as in a VAE. Default false. */
  readonly variational?: V
}

/**
 * An autoencoder of an encoder and a decoder of your own, for what takes one: `autoencoder({ shape: [8], latent: 2,
 * encoder: mlp([8, 32, 2]), decoder: mlp([2, 32, 8]) })`.
 */
export function autoencoder<
  const X extends Shape,
  const Z extends Latent,
  E extends Specs,
  D extends Specs,
  const V extends boolean = false,
>(options: AutoencoderOptions<X, Z, E, D, V>): Autoencoder<X, LatentShape<Z>, { encoder: E; decoder: D }, V> {
  const op = 'autoencoder'
  const given = optionsOf(op, options, ['shape', 'latent', 'encoder', 'decoder', 'variational'])
  const { shape, latent, encoder, decoder, variational = false } = given
  checkFlag(op, 'variational', variational)
  const latentShape = latentShapeOf(op, latent)
  const parts = { name: op, shape, latentShape, variational, encoder, decoder } as unknown as AutoencoderParts
  return autoencoderOf(parts) as never
}
