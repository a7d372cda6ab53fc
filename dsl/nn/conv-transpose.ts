import * as functions from '../conv-transpose.ts'
import type { ConvTranspose } from '../shape/conv-transpose.ts'
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

export interface ConvTransposeLayerOptions<Rank extends 1 | 2> extends ConvLayerOptions<Rank> {
  /** Elements at the end that lie in no window, fewer than the stride: 0 unless given. */
  readonly outputPadding?: PerAxis<Rank, number>
}

export type ConvTransposeParams<
  Rank extends 1 | 2,
  I extends number,
  O extends number,
  K,
  Options = Record<never, never>,
> = Weighs<Weight<Rank, O, I, K, Options>, O, Options>

/** What the function of that name gives. */
interface Transposes<Rank extends 1 | 2, I extends number, O extends number, K, Options> extends Shaping {
  readonly gives: this['takes'] extends infer Y extends AnyTensor
    ? ConvTranspose<`convTranspose${Rank}d`, Rank, Y, Tensor<Weight<Rank, O, I, K, Options>>, Options>
    : never
}
type Transposed<Rank extends 1 | 2, I extends number, O extends number, K, Options> = Layer<
  Channelled<Rank, I>,
  Transposes<Rank, I, O, K, Options>,
  ConvTransposeParams<Rank, I, O, K, Options>
>

/**
 * The transpose of a convolution over the l of [..., l, channels], as the function `convTranspose1d` makes it, plus a
 * bias for each channel. The weight is [k, out / groups, in]; it and the bias start uniform on (-1/sqrt(fan in),
 * 1/sqrt(fan in)), where the fan in is k out / groups, as PyTorch counts it here.
 */
export function convTranspose1d<
  const I extends number,
  const O extends number,
  const K extends PerAxis<1, number>,
  const Options extends ConvTransposeLayerOptions<1> = Record<never, never>,
>(
  channels: I,
  output: Needs<Groups<'convTranspose1d', I, O, Options>, O>,
  kernel: K,
  options?: Options,
): Transposed<1, I, O, K, Options>
export function convTranspose1d(
  channels: number,
  output: number,
  kernel: number | readonly number[],
  options?: object,
) {
  const kind = { op: 'convTranspose1d', rank: 1, isTransposed: true, apply: functions.convTranspose1d } as const
  return convolutionLayer(kind, channels, output, kernel, options)
}

/**
 * The transpose of a convolution over the h and w of [..., h, w, channels], plus a bias for each channel. The weight is
 * [kh, kw, out / groups, in]; it starts as that of `convTranspose1d`.
 */
export function convTranspose2d<
  const I extends number,
  const O extends number,
  const K extends PerAxis<2, number>,
  const Options extends ConvTransposeLayerOptions<2> = Record<never, never>,
>(
  channels: I,
  output: Needs<Groups<'convTranspose2d', I, O, Options>, O>,
  kernel: K,
  options?: Options,
): Transposed<2, I, O, K, Options>
export function convTranspose2d(
  channels: number,
  output: number,
  kernel: number | readonly number[],
  options?: object,
) {
  const kind = { op: 'convTranspose2d', rank: 2, isTransposed: true, apply: functions.convTranspose2d } as const
  return convolutionLayer(kind, channels, output, kernel, options)
}
