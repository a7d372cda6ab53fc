import * as functions from '../conv.ts'
import type { Conv } from '../shape/conv.ts'
import type { Needs } from '../shape/rule.ts'
import type { PerAxis } from '../shape/window.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import {
  type Channelled,
  type ConvLayerOptions,
  convolutionLayer,
  type Groups,
  type Weighs,
  type Weight,
} from './convolution.ts'
import type { Layer } from './layer.ts'
import type { Shaping } from './step.ts'

export type ConvParams<
  Rank extends 1 | 2,
  I extends number,
  O extends number,
  K,
  Options = Record<never, never>,
> = Weighs<Weight<Rank, I, O, K, Options>, O, Options>

/** What the function of that name gives. */
interface Convolves<Rank extends 1 | 2, I extends number, O extends number, K, Options> extends Shaping {
  readonly gives: this['takes'] extends infer X extends AnyTensor
    ? Conv<`conv${Rank}d`, Rank, X, Tensor<Weight<Rank, I, O, K, Options>>, Options>
    : never
}
type Convolution<Rank extends 1 | 2, I extends number, O extends number, K, Options> = Layer<
  Channelled<Rank, I>,
  Convolves<Rank, I, O, K, Options>,
  ConvParams<Rank, I, O, K, Options>
>

/**
 * A convolution over the l of [..., l, channels], as the function `conv1d` makes it, plus a bias for each channel. The
 * weight is [k, in / groups, out]; it and the bias start uniform on (-1/sqrt(fan in), 1/sqrt(fan in)), as in PyTorch,
 * where the fan in is k in / groups.
 */
export function conv1d<
  const I extends number,
  const O extends number,
  const K extends PerAxis<1, number>,
  const Options extends ConvLayerOptions<1> = Record<never, never>,
>(
  channels: I,
  output: Needs<Groups<'conv1d', I, O, Options>, O>,
  kernel: K,
  options?: Options,
): Convolution<1, I, O, K, Options>
export function conv1d(channels: number, output: number, kernel: number | readonly number[], options?: object) {
  const kind = { op: 'conv1d', rank: 1, isTransposed: false, apply: functions.conv1d } as const
  return convolutionLayer(kind, channels, output, kernel, options)
}

/**
 * A convolution over the h and w of [..., h, w, channels], as the function `conv2d` makes it, plus a bias for each
 * channel. The weight is [kh, kw, in / groups, out]; it starts as that of `conv1d`.
 */
export function conv2d<
  const I extends number,
  const O extends number,
  const K extends PerAxis<2, number>,
  const Options extends ConvLayerOptions<2> = Record<never, never>,
>(
  channels: I,
  output: Needs<Groups<'conv2d', I, O, Options>, O>,
  kernel: K,
  options?: Options,
): Convolution<2, I, O, K, Options>
export function conv2d(channels: number, output: number, kernel: number | readonly number[], options?: object) {
  const kind = { op: 'conv2d', rank: 2, isTransposed: false, apply: functions.conv2d } as const
  return convolutionLayer(kind, channels, output, kernel, options)
}
