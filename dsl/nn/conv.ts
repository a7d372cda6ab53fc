import * as functions from '../conv.ts'
import { checkList, checkSize } from '../given.ts'
import { add } from '../operations/elementwise.ts'
import type { Conv } from '../shape/conv.ts'
import type { DivideFloor, Divides } from '../shape/difference.ts'
import type { Needs } from '../shape/rule.ts'
import type { Option, PerAxis, WindowPadding } from '../shape/window.ts'
import { f32, type Initialiser, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { fail } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'
import type { Shaping } from './step.ts'

export interface ConvLayerOptions<Rank extends 1 | 2> {
  readonly stride?: PerAxis<Rank, number>
  readonly dilation?: PerAxis<Rank, number>
  /** None ('valid') unless given. */
  readonly padding?: WindowPadding<Rank>
  readonly groups?: number
  /** Whether something is added to each channel; true unless given. */
  readonly bias?: boolean
  /** Makes the weight, beside which the bias starts at 0. */
  readonly initialiser?: Initialiser
}

/** The taps of a kernel that is as wide along both axes where one number says so. */
type Taps<Rank extends 1 | 2, K> = K extends number
  ? Rank extends 1
    ? [K]
    : [K, K]
  : K extends readonly number[]
    ? [...K]
    : never
type Weight<Rank extends 1 | 2, I extends number, O extends number, K, Options> = [
  ...Taps<Rank, K>,
  Option<Options, 'groups', 1> extends infer G extends number ? DivideFloor<I, G> : number,
  O,
]
export type ConvParams<Rank extends 1 | 2, I extends number, O extends number, K, Options = Record<never, never>> =
  Option<Options, 'bias', true> extends false
    ? { weight: Spec<Weight<Rank, I, O, K, Options>> }
    : { weight: Spec<Weight<Rank, I, O, K, Options>>; bias: Spec<[O]> }

/** What the function of that name gives. */
interface Convolves<Rank extends 1 | 2, I extends number, O extends number, K, Options> extends Shaping {
  readonly gives: this['takes'] extends infer X extends AnyTensor
    ? Conv<`conv${Rank}d`, Rank, X, Tensor<Weight<Rank, I, O, K, Options>>, Options>
    : never
}
/** Check: channels in and out fall into the groups. */
type Groups<Op extends string, I extends number, O extends number, Options> =
  Option<Options, 'groups', 1> extends infer G extends number
    ? [Divides<I, G>, Divides<O, G>] extends [true, true]
      ? never
      : `shape error: ${Op}: ${Divides<I, G> extends true ? O : I} channels do not fall into ${G} groups`
    : never

type Convolution<Rank extends 1 | 2, I extends number, O extends number, K, Options> = Layer<
  Rank extends 1 ? Tensor<['l', I]> : Tensor<['h', 'w', I]>,
  Convolves<Rank, I, O, K, Options>,
  ConvParams<Rank, I, O, K, Options>
>

/**
 * A convolution over the l of [..., l, channels], as the function `conv1d` makes it, plus a bias for each channel. The weight is [k, in / groups, out]; it and the bias start uniform on
 * (-1/sqrt(fan in), 1/sqrt(fan in)), as in PyTorch, where the fan in is k in / groups.
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
  return convolution(1, channels, output, kernel, options)
}

/** A convolution over the h and w of [..., h, w, channels], as the function `conv2d` makes it, plus a bias for each channel. The weight is [kh, kw, in / groups, out]; it starts as that of `conv1d`. */
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
  return convolution(2, channels, output, kernel, options)
}

type Apply = (x: AnyTensor, weights: AnyTensor, options: object) => AnyTensor

function convolution(
  rank: 1 | 2,
  channels: number,
  output: number,
  kernel: number | readonly number[],
  options: ConvLayerOptions<1> & ConvLayerOptions<2> = {},
): never {
  const op = `conv${rank}d` as const
  const { bias = true, initialiser, ...windows } = layerOptions(op, options)
  const groups = windows.groups ?? 1
  for (const size of [channels, output, groups]) checkSize(op, size)
  const odd = [channels, output].find((count) => !Number.isInteger(count / groups))
  if (odd !== undefined) throw fail(`shape error: ${op}: ${odd} channels do not fall into ${groups} groups`)
  if (typeof kernel !== 'number') checkList(op, kernel, 'a size of a kernel or a list of them', `${op}(3, 16, 5)`)
  const taps = typeof kernel === 'number' ? new Array<number>(rank).fill(kernel) : [...kernel]
  for (const size of taps) checkSize(op, size)
  if (taps.length !== rank) throw fail(`type error: ${op}: a kernel of ${taps.length} axes, needs ${rank}`)
  const shape = [...taps, channels / groups, output]
  const fanIn = shape.slice(0, -1).reduce((product, n) => product * n, 1)
  const standard = initialisers.uniform(fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0)
  const weight = initialised(f32(...shape), (initialiser ?? standard) as typeof standard)
  const params = bias ? { weight, bias: initialiser ? f32(output) : initialised(f32(output), standard) } : { weight }
  const spatial = rank === 1 ? ['l'] : ['h', 'w']
  const apply = (rank === 1 ? functions.conv1d : functions.conv2d) as unknown as Apply
  return layerOf(params, {
    takes: { shape: [...spatial, channels], dtype: 'f32' },
    gives: { shape: [...spatial, output], dtype: 'f32' },
    apply: (given: { weight: AnyTensor; bias?: AnyTensor }, x) => {
      const made = apply(x, given.weight, windows)
      return bias ? traced(add(heldTensor(op, made), heldTensor(op, given.bias), op)) : made
    },
  }) as never
}
