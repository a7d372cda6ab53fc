import type { Checkpoint } from '../control/scan.ts'
import { described } from '../error.ts'
import { checkSize } from '../given.ts'
import { add } from '../operations/elementwise.ts'
import { optionsOf } from '../option.ts'
import { foldIn } from '../random/index.ts'
import type { Times } from '../shape/arithmetic.ts'
import type { Heads } from '../shape/attention.ts'
import type { Needs } from '../shape/rule.ts'
import type { Option } from '../shape/window.ts'
import type { Initialiser } from '../spec.ts'
import type { AnyTensor, Key, Tensor } from '../tensor.ts'
import { fail, named } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { gelu } from './activations.ts'
import { type AttentionParams, multiHeadAttention } from './attention.ts'
import { dropout } from './dropout.ts'
import { type AnyLayer, checkLayer, type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'
import { type MlpParams, mlp } from './mlp.ts'
import { type LayerNormParams, layerNorm, type RmsNormParams, rmsNorm } from './norm.ts'
import type { Activation } from './pointwise.ts'
import { repeat, type Stacked } from './repeat.ts'

export interface TransformerOptions {
  /** How many times wider the MLP is inside: 4 unless given. */
  readonly mlpRatio?: number
  /** layerNorm unless 'rms' says rmsNorm. */
  readonly norm?: 'layer' | 'rms'
  /** Of the MLP: gelu unless given. */
  readonly activation?: Activation
  /** Row i attends to rows 0 .. i alone. */
  readonly causal?: boolean
  /** Turns queries and keys by their positions; a number is the base of its frequencies. */
  readonly rotary?: boolean | number
  /** Whether projections and MLP add something; true unless given. */
  readonly bias?: boolean
  /** The rate at which what attention and MLP give is dropped before it is added: 0 unless given. */
  readonly dropout?: number
  /** Makes all weights; those of attention start as glorotUniform and those of the MLP as `linear` unless given. */
  readonly initialiser?: Initialiser
}

const blockNames = ['mlpRatio', 'norm', 'activation', 'causal', 'rotary', 'bias', 'dropout', 'initialiser'] as const

type NormParams<W extends number, N> = N extends 'rms' ? RmsNormParams<[W]> : LayerNormParams<[W]>
/** The product of a width and a whole number. */
type Wider<W extends number, R> = R extends number
  ? `${R}` extends `${string}.${string}`
    ? number
    : Times<W, R>
  : number
export type TransformerParams<W extends number, O = Record<never, never>> = {
  attentionNorm: NormParams<W, Option<O, 'norm', 'layer'>>
  attention: AttentionParams<W, W, Option<O, 'bias', true>>
  mlpNorm: NormParams<W, Option<O, 'norm', 'layer'>>
  mlp: MlpParams<[W, Wider<W, Option<O, 'mlpRatio', 4>>, W], Option<O, 'bias', true> extends false ? false : true>
}

type Turned<O> = O extends { readonly rotary: infer R } ? (R extends false ? false : true) : false

/**
 * A pre-norm transformer block (Xiong et al. 2020) over [..., n, width]: x + attention(norm(x)), and then x +
 * mlp(norm(x)).
 */
export function transformerBlock<
  const W extends number,
  const H extends number,
  const O extends TransformerOptions = Record<never, never>,
>(
  width: W,
  heads: Needs<Heads<'multiHeadAttention', W, H, Turned<O>>, H>,
  options?: O,
): Layer<Tensor<['n', W]>, Tensor<['n', W]>, TransformerParams<W, O>>
export function transformerBlock(width: number, heads: number, options: TransformerOptions = {}): unknown {
  const {
    mlpRatio = 4,
    norm = 'layer',
    activation = gelu,
    dropout: rate = 0,
    ...how
  } = layerOptions('transformerBlock', options, blockNames)
  checkSize('transformerBlock', width)
  checkLayer('transformerBlock', activation, 'the activation')
  if (typeof mlpRatio !== 'number')
    throw fail(`type error: transformerBlock: mlpRatio is ${described(mlpRatio)}, needs a number`)
  if (norm !== 'layer' && norm !== 'rms')
    throw fail(`type error: transformerBlock: norm is ${described(norm)}, needs 'layer' or 'rms'`)
  const hidden = width * mlpRatio
  if (!Number.isInteger(hidden) || hidden < 0)
    throw fail(`type error: transformerBlock: a width of ${width} times ${String(mlpRatio)} is not a width`)
  const { causal = false, rotary = false, bias = true, ...initialiser } = how
  const normOf = () => (norm === 'rms' ? rmsNorm(width) : layerNorm(width)) as AnyLayer
  const parts = {
    attentionNorm: normOf(),
    attention: multiHeadAttention(width, heads as never, { causal, rotary, bias, ...initialiser }) as AnyLayer,
    mlpNorm: normOf(),
    mlp: mlp([width, hidden, width], activation, { bias, ...initialiser }) as AnyLayer,
  }
  const drop = dropout(rate)
  const facts = { shape: ['n', width], dtype: 'f32' } as const
  type Part = keyof typeof parts
  const params = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.params]))
  return layerOf(params, {
    takes: facts,
    gives: facts,
    draws: rate > 0,
    apply: (given: { readonly [part in Part]: never }, x, key) => {
      const run = (part: Part, input: AnyTensor): AnyTensor =>
        named(part, () => parts[part]['~run'].apply(given[part], input, undefined) as AnyTensor)
      const plus = (input: AnyTensor, what: 'attention' | 'mlp', key: Key | undefined): AnyTensor => {
        const made = run(what, run(`${what}Norm`, input))
        return traced(add(heldTensor(what, input), heldTensor(what, key ? drop(made, key) : made), 'residual'))
      }
      const own = (i: number) => (key !== undefined && rate > 0 ? foldIn(key, i) : undefined)
      return plus(plus(x, 'attention', own(0)), 'mlp', own(1))
    },
  })
}

/**
 * A stack of transformer blocks over [..., n, width], as one loop over stacked parameters: see `repeat`. What comes out
 * has not been through a norm: `sequential(transformer(12, 512, 8), layerNorm(512))`.
 */
export function transformer<
  const N extends number,
  const W extends number,
  const H extends number,
  const O extends TransformerOptions = Record<never, never>,
>(
  depth: N,
  width: W,
  heads: Needs<Heads<'multiHeadAttention', W, H, Turned<O>>, H>,
  options?: O & { readonly checkpoint?: Checkpoint },
): Layer<Tensor<['n', W]>, Tensor<['n', W]>, Stacked<TransformerParams<W, O>, N>>
export function transformer(
  depth: number,
  width: number,
  heads: number,
  options: TransformerOptions & { readonly checkpoint?: Checkpoint } = {},
): unknown {
  const { checkpoint, ...block } = optionsOf('transformer', options, [...blockNames, 'checkpoint'])
  return repeat(
    depth,
    transformerBlock(width, heads as never, block) as AnyLayer,
    checkpoint === undefined ? {} : { checkpoint },
  )
}
