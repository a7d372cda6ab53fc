import { checkList, checkSize } from '../given.ts'
import { add } from '../operations/elementwise.ts'
import type { DivideFloor, Divides } from '../shape/difference.ts'
import type { Option, PerAxis, WindowPadding } from '../shape/window.ts'
import { f32, type Initialiser, initialised, type Spec } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { fail } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'

// What convolutions and their transposes have in common as layers.

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

/** A weight [taps, inner / groups, outer] for a kernel that is as wide along both axes where one number says so. */
export type Weight<Rank extends 1 | 2, Inner extends number, Outer extends number, K, Options> = [
  ...Taps<Rank, K>,
  Option<Options, 'groups', 1> extends infer G extends number ? DivideFloor<Inner, G> : number,
  Outer,
]
type Taps<Rank extends 1 | 2, K> = K extends number
  ? Rank extends 1
    ? [K]
    : [K, K]
  : K extends readonly number[]
    ? [...K]
    : never

/** A weight of that shape, and a bias for each of O channels where there is one. */
export type Weighs<W extends readonly number[], O extends number, Options> =
  Option<Options, 'bias', true> extends false ? { weight: Spec<W> } : { weight: Spec<W>; bias: Spec<[O]> }

/** What a layer takes: signals or images of C channels. */
export type Channelled<Rank extends 1 | 2, C extends number> = Rank extends 1 ? Tensor<['l', C]> : Tensor<['h', 'w', C]>

/** Check: channels in and out fall into the groups. */
export type Groups<Op extends string, I extends number, O extends number, Options> =
  Option<Options, 'groups', 1> extends infer G extends number
    ? [Divides<I, G>, Divides<O, G>] extends [true, true]
      ? never
      : `shape error: ${Op}: ${Divides<I, G> extends true ? O : I} channels do not fall into ${G} groups`
    : never

export interface ConvolutionKind {
  readonly op: string
  readonly rank: 1 | 2
  /** Whether the weight has the channels that come in as its last axis. */
  readonly isTransposed: boolean
  readonly apply: unknown
}

export function convolutionLayer(
  { op, rank, isTransposed, apply }: ConvolutionKind,
  channels: number,
  output: number,
  kernel: number | readonly number[],
  options: ConvLayerOptions<1> & ConvLayerOptions<2> & { readonly outputPadding?: never } = {},
): never {
  const own = isTransposed ? (['outputPadding'] as const) : []
  const names = ['stride', 'dilation', 'padding', ...own, 'groups', 'bias', 'initialiser'] as const
  const { bias = true, initialiser, ...windows } = layerOptions(op, options, names)
  const groups = windows.groups ?? 1
  for (const size of [channels, output, groups]) checkSize(op, size)
  const odd = [channels, output].find((count) => !Number.isInteger(count / groups))
  if (odd !== undefined) throw fail(`shape error: ${op}: ${odd} channels do not fall into ${groups} groups`)
  if (typeof kernel !== 'number') checkList(op, kernel, 'a size of a kernel or a list of them', `${op}(3, 16, 5)`)
  const taps = typeof kernel === 'number' ? new Array<number>(rank).fill(kernel) : [...kernel]
  for (const size of taps) checkSize(op, size)
  if (taps.length !== rank) throw fail(`type error: ${op}: a kernel of ${taps.length} axes, needs ${rank}`)
  const shape = isTransposed ? [...taps, output / groups, channels] : [...taps, channels / groups, output]
  const fanIn = shape.slice(0, -1).reduce((product, n) => product * n, 1)
  const standard = initialisers.uniform(fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0)
  const weight = initialised(f32(...shape), (initialiser ?? standard) as typeof standard)
  const params = bias ? { weight, bias: initialiser ? f32(output) : initialised(f32(output), standard) } : { weight }
  const spatial = rank === 1 ? ['l'] : ['h', 'w']
  const convolve = apply as (x: AnyTensor, weights: AnyTensor, options: object) => AnyTensor
  return layerOf(params, {
    takes: { shape: [...spatial, channels], dtype: 'f32' },
    gives: { shape: [...spatial, output], dtype: 'f32' },
    apply: (given: { weight: AnyTensor; bias?: AnyTensor }, x) => {
      const made = convolve(x, given.weight, windows)
      return bias ? traced(add(heldTensor(op, made), heldTensor(op, given.bias), op)) : made
    },
  }) as never
}
