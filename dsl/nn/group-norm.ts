import { described } from '../error.ts'
import { checkSize } from '../given.ts'
import { add, mul, sub } from '../operations/elementwise.ts'
import { mean, reshaped } from '../operations/reduce.ts'
import { checkFlag, checkNotNegative, optionsOf } from '../option.ts'
import type { Divides } from '../shape/difference.ts'
import type { Extent } from '../shape/dim.ts'
import type { Needs } from '../shape/rule.ts'
import { f32, initialised } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { fail } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import * as initialisers from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'
import { type LayerNormParams, type NormOptions, unit } from './norm.ts'

/** The axes of space before the channels: of points, signals, images and volumes. */
interface Space {
  0: []
  1: ['l']
  2: ['h', 'w']
  3: ['d', 'h', 'w']
}
const space: { readonly [N in keyof Space]: readonly string[] } = { 0: [], 1: ['l'], 2: ['h', 'w'], 3: ['d', 'h', 'w'] }

export interface GroupNormOptions<A extends boolean = boolean, N extends keyof Space = keyof Space>
  extends NormOptions<A> {
  /** How many axes before the channels are normalised together; 2, as of images [..., h, w, c], unless given. */
  readonly spatial?: N
}

/** Check: the channels fall into groups. */
type Groups<G extends number, C extends number> = `${G}` extends '0' | `-${string}` | `${string}.${string}`
  ? NoGroups<G, C>
  : Divides<C, G> extends true
    ? never
    : NoGroups<G, C>
type NoGroups<
  G extends number,
  C extends number,
> = `shape error: groupNorm: ${C} channels do not fall into ${G} equal groups`

/**
 * (x - mean) / sqrt(variance + eps) weight + bias, over space and each group of neighbouring channels together (Wu and
 * He 2018); weight and bias are of the channels. As many groups as channels are instance normalisation. `eps` is 1e-5
 * unless given.
 */
export function groupNorm<
  const G extends number,
  const C extends number,
  const A extends boolean = true,
  const N extends keyof Space = 2,
>(
  groups: G,
  channels: Needs<Groups<G, C>, C>,
  options?: GroupNormOptions<A, N>,
): Layer<Tensor<[...Space[N], C]>, Tensor<[...Space[N], C]>, LayerNormParams<[C], A>>
export function groupNorm(groups: number, channels: number, options: GroupNormOptions = {}): unknown {
  const { eps = 1e-5, affine = true, spatial = 2 } = optionsOf('groupNorm', options, ['eps', 'affine', 'spatial'])
  checkSize('groupNorm', groups)
  checkSize('groupNorm', channels)
  checkFlag('groupNorm', 'affine', affine)
  if (!Object.hasOwn(space, spatial))
    throw fail(`type error: groupNorm: spatial is ${described(spatial)}, needs 0, 1, 2 or 3`)
  checkNotNegative('groupNorm', 'eps', eps)
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw fail(`shape error: groupNorm: ${channels} channels do not fall into ${groups} equal groups`)
  const params = affine ? { weight: initialised(f32(channels), initialisers.ones), bias: f32(channels) } : {}
  const facts = { shape: [...space[spatial], channels], dtype: 'f32' } as const
  return layerOf(params, {
    takes: facts,
    gives: facts,
    apply: (given: { readonly weight: AnyTensor; readonly bias: AnyTensor }, input) => {
      const x = heldTensor('groupNorm', input)
      const y = normalised(x, groups, spatial, eps)
      if (!affine) return traced(y)
      const scaled = mul(y, heldTensor('groupNorm', given.weight), 'groupNorm')
      return traced(add(scaled, heldTensor('groupNorm', given.bias), 'groupNorm'))
    },
  })
}

function normalised(x: Held, groups: number, spatial: number, eps: number): Held {
  const shape = extentsOf(x)
  const of = (size: number): Extent => ({ dim: size, size })
  const grouped = reshaped('groupNorm', x, [...shape.slice(0, -1), of(groups), of(shape.at(-1)!.size / groups)])
  const over = [...Array.from({ length: spatial }, (_, i) => -3 - i), -1]
  const centred = sub(grouped, mean(grouped, over, { keepdims: true }), 'groupNorm')
  return reshaped('groupNorm', unit('groupNorm', centred, over, eps), shape)
}
