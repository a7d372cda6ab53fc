import type { Tensor, Tensors } from '../../dsl/index.ts'
import {
  type Activation,
  type LayerNormParams,
  type LinearParams,
  layerNorm,
  linear,
  type MlpParams,
  mlp,
  silu,
} from '../../dsl/nn/index.ts'
import { checkLayer } from '../../dsl/nn/layer.ts'
import { checkCount, checkFlag, optionsOf } from '../../dsl/option.ts'
import { fail, named } from '../../dsl/trace/trace.ts'
import { numbered } from '../numbered.ts'
import { type Autoencoder, autoencoderOf, type Batch, batch, type Network } from './autoencoder.ts'
import { type ImageShape, imageSizes } from './sizes.ts'

export interface PatchAutoencoderOptions<X extends ImageShape, K extends number, D extends number, V extends boolean> {
  /** Of an image: [height, width], or [height, width, channels]. */
  readonly shape: X
  /** How many patches there are, all square and of one size: 16 or 49 of 28 x 28 pixels. */
  readonly tokens: K
  /** d, of each token. */
  readonly latent: D
  /** Of the vectors between. Default 64. */
  readonly width?: number
  /** Of each network. Default 1. */
  readonly blocks?: number
  /** Default silu. */
  readonly activation?: Activation
  /** Whether the encoder tells a Gaussian for each latent, as in a VAE. Default false. */
  readonly variational?: V
}

/** Of each network: into vectors, the blocks, and out of them. */
export type PatchAutoencoderParams = { encoder: MixerParams; decoder: MixerParams }
type MixerParams = {
  first: LinearParams<number, number>
  blocks: { [block: `${number}`]: BlockParams }
  last: LinearParams<number, number>
}
type BlockParams = {
  token_norm: LayerNormParams<[number]>
  tokens: MlpParams<readonly [number, number, number]>
  channel_norm: LayerNormParams<[number]>
  channels: MlpParams<readonly [number, number, number]>
}

/**
 * An autoencoder of images whose latents are a vector for each patch, [n, tokens, d], in the order in which one reads:
 * patches become vectors of some width, and blocks mix first all tokens at each place of the vectors, then the vectors
 * of each token, as h + f(norm(h)) with f of two layers, the hidden one twice as wide. All of it is products of
 * matrices, which suits a CPU.
 *
 * Tolstikhin et al. 2021, "MLP-Mixer", arXiv 2105.01601.
 *
 * @throws FluxionError where a size or an option is not one, or an image is not that many square patches.
 */
export function patchAutoencoder<
  const X extends ImageShape,
  const K extends number,
  const D extends number,
  const V extends boolean = false,
>(options: PatchAutoencoderOptions<X, K, D, V>): Autoencoder<X, [K, D], PatchAutoencoderParams, V>
export function patchAutoencoder(options: PatchAutoencoderOptions<ImageShape, number, number, boolean>): unknown {
  const op = 'patchAutoencoder'
  const {
    shape,
    tokens,
    latent,
    width = 64,
    blocks = 1,
    activation = silu,
    variational = false,
  } = optionsOf(op, options, ['shape', 'tokens', 'latent', 'width', 'blocks', 'activation', 'variational'])
  const { height, width: across, channels } = imageSizes(op, shape)
  checkCount(op, 'tokens', tokens)
  checkCount(op, 'latent', latent)
  checkCount(op, 'width', width)
  checkCount(op, 'blocks', blocks, 0)
  checkLayer(op, activation, 'the activation')
  checkFlag(op, 'variational', variational)
  const side = Math.sqrt((height * across) / tokens)
  const [rows, columns] = [height / side, across / side]
  if (![side, rows, columns].every(Number.isInteger))
    throw fail(`type error: ${op}: images of ${height} x ${across} are not ${tokens} square patches`)
  const patch = side * side * channels
  const mixing = { tokens, width, blocks, activation }
  const encoder = mixer({ ...mixing, from: patch, to: variational ? 2 * latent : latent })
  const decoder = mixer({ ...mixing, from: latent, to: patch })
  // [rows, side, columns, side, channels] and [rows, columns, side, side, channels] are each other's permutation.
  const exchanged = (x: Batch, from: readonly number[], to: readonly number[]): Batch =>
    batch((batch(x, x.shape[0], from) as never as Plain).permute([0, 1, 3, 2, 4, 5]), x.shape[0], to)
  return autoencoderOf({
    name: op,
    shape,
    latentShape: [tokens, latent],
    variational,
    encoder: {
      params: encoder.params,
      apply: (params, x) => encoder.apply(params, exchanged(x, [rows, side, columns, side, channels], [tokens, patch])),
    },
    decoder: {
      params: decoder.params,
      apply: (params, z) =>
        exchanged(decoder.apply(params, z) as Batch, [rows, columns, side, side, channels], [height, across, channels]),
    },
  })
}

type Plain = Tensor<['n', number, number, number, number, number]>

interface Mixing {
  readonly tokens: number
  readonly width: number
  readonly blocks: number
  readonly activation: Activation
}

/** [n, tokens, from] to [n, tokens, to]. */
function mixer({ from, to, blocks, ...mixing }: Mixing & { readonly from: number; readonly to: number }): Network {
  const [first, last, block] = [linear(from, mixing.width), linear(mixing.width, to), mixerBlock(mixing)]
  const params = { first: first.params, blocks: numbered(block.params, blocks), last: last.params }
  const apply = (given: Tensors<typeof params>, x: Tokens) => {
    let h: Tokens = named('first', () => first.apply(given.first, x))
    for (let i = 0; i < blocks; i++) h = named(`block ${i}`, () => block.apply(given.blocks[`${i}`] as never, h))
    return named('last', () => last.apply(given.last, h))
  }
  return { params, apply: apply as never }
}

type Tokens = Tensor<['n', number, number]>

function mixerBlock({ tokens, width, activation }: Omit<Mixing, 'blocks'>) {
  const norms = [layerNorm(width), layerNorm(width)] as const
  const [across, within] = [tokens, width].map((size) => mlp([size, 2 * size, size], activation))
  const params = {
    token_norm: norms[0].params,
    tokens: across!.params,
    channel_norm: norms[1].params,
    channels: within!.params,
  }
  const apply = (given: Tensors<typeof params>, x: Tokens): Tokens => {
    const mixed = across!.apply(given.tokens, norms[0].apply(given.token_norm, x).transpose())
    const h = x.add(mixed.transpose())
    return h.add(within!.apply(given.channels, norms[1].apply(given.channel_norm, h)))
  }
  return { params, apply }
}
