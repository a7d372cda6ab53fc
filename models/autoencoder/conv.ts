import { checkList } from '../../dsl/given.ts'
import type { Spec } from '../../dsl/index.ts'
import {
  type Activation,
  type AnyLayer,
  conv2d,
  convTranspose2d,
  type Layer,
  type LinearParams,
  layer,
  linear,
  sequential,
  silu,
} from '../../dsl/nn/index.ts'
import { checkLayer } from '../../dsl/nn/layer.ts'
import { checkCount, checkFlag, optionsOf } from '../../dsl/option.ts'
import { fail } from '../../dsl/trace/trace.ts'
import { type Autoencoder, autoencoderOf, type Batch, batch, type Network } from './autoencoder.ts'
import { type ImageShape, imageSizes } from './sizes.ts'

export interface ConvAutoencoderOptions<X extends ImageShape, D extends number, V extends boolean> {
  /** Of an image: [height, width], or [height, width, channels]. */
  readonly shape: X
  /** d. */
  readonly latent: D
  /**
   * Of each level of the encoder, which has half as many pixels along each axis as the one before; the decoder has them
   * the other way. Default [16, 32].
   */
  readonly channels?: readonly number[]
  /** Of the hidden layer between the last level and the latent. Default 256. */
  readonly width?: number
  /** Default silu. */
  readonly activation?: Activation
  /** Whether the encoder tells a Gaussian for each latent, as in a VAE. Default false. */
  readonly variational?: V
}

/** The layers of each network that have parameters, by their place. */
export type ConvAutoencoderParams = {
  encoder: { [layer: `${number}`]: ConvWeights | LinearParams<number, number> }
  decoder: { [layer: `${number}`]: ConvWeights | LinearParams<number, number> }
}
type ConvWeights = { weight: Spec<[number, number, number, number]>; bias: Spec<[number]> }

/**
 * An autoencoder of images by convolutions: levels of 4 x 4 taps with stride 2, a linear layer, and the latent; and
 * back by their transposes. At 28 x 28 pixels, 16 latent dims and the defaults it has 0.8 million parameters. It is for
 * a GPU: on a CPU `mlpAutoencoder` does several times as many steps in the same time.
 *
 * @throws FluxionError where a size or an option is not one, or height and width cannot be halved as often as there are
 * levels.
 */
export function convAutoencoder<const X extends ImageShape, const D extends number, const V extends boolean = false>(
  options: ConvAutoencoderOptions<X, D, V>,
): Autoencoder<X, [D], ConvAutoencoderParams, V>
export function convAutoencoder(options: ConvAutoencoderOptions<ImageShape, number, boolean>): unknown {
  const op = 'convAutoencoder'
  const {
    shape,
    latent,
    channels = [16, 32],
    width = 256,
    activation = silu,
    variational = false,
  } = optionsOf(op, options, ['shape', 'latent', 'channels', 'width', 'activation', 'variational'])
  const image = imageSizes(op, shape)
  checkCount(op, 'latent', latent)
  checkList(op, channels, 'a list of channels', 'channels: [16, 32]')
  for (const [i, count] of channels.entries()) checkCount(op, `channels[${i}]`, count)
  checkCount(op, 'width', width)
  checkLayer(op, activation, 'the activation')
  checkFlag(op, 'variational', variational)
  const [height, across] = [image.height, image.width].map((size) => size / 2 ** channels.length) as [number, number]
  if (channels.length === 0 || !Number.isInteger(height) || !Number.isInteger(across))
    throw fail(
      `type error: ${op}: images of ${image.height} x ${image.width} cannot be halved ${channels.length} times; give as many channels as they can, at least one`,
    )
  const counts = [image.channels, ...channels]
  const last = counts.at(-1)!
  const downs = channels.flatMap((count, i) => [conv2d(counts[i]!, count, 4, halving), activation])
  const ups = channels.flatMap((_, i) => {
    const up = convTranspose2d(counts[i + 1]!, counts[i]!, 4, halving)
    return i === 0 ? [up] : [activation, up]
  })
  return autoencoderOf({
    name: op,
    shape,
    latentShape: [latent],
    variational,
    encoder: chained([
      rows([image.height, image.width, image.channels]),
      ...downs,
      rows([height * across * last]),
      linear(height * across * last, width),
      activation,
      linear(width, variational ? 2 * latent : latent),
    ]),
    decoder: chained([
      linear(latent, width),
      activation,
      linear(width, height * across * last),
      activation,
      rows([height, across, last]),
      ...ups.reverse(),
    ]),
  })
}

const halving = { stride: 2, padding: 1 } as const

/** As a layer: the numbers of each row in another shape. */
const rows = (row: readonly number[]): AnyLayer => layer({}, (_, x: Batch) => batch(x, x.shape[0], row))

/** How many layers there are is known only here, and not to the types. */
const chained = (layers: readonly AnyLayer[]): Network =>
  (sequential as unknown as (...layers: readonly AnyLayer[]) => Layer<never, never, object>)(
    ...layers,
  ) as unknown as Network
