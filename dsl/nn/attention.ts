import type { Value } from '../../compiler/ir/graph.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import { described } from '../error.ts'
import { checkSize } from '../given.ts'
import { attention } from '../operations/attention.ts'
import { anglesOf, type Turn, turned } from '../operations/rotation.ts'
import { stretch } from '../operations/stretch.ts'
import { checkFlag, optionsOf } from '../option.ts'
import {
  type Attended,
  type Attends,
  attended,
  attends,
  type Heads,
  headsCheck,
  type Mask,
  maskCheck,
} from '../shape/attention.ts'
import type { Extents } from '../shape/dim.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import type { Option } from '../shape/window.ts'
import { f32, type Initialiser, initialised, type Spec, type Tensors } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { check, enter, fail, must, type Trace } from '../trace/trace.ts'
import { heldTensor, traced } from '../traced-tensor.ts'
import { glorotUniform } from './initialisers.ts'
import { type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'
import { checkBase } from './positions.ts'

export interface AttentionMask<M> {
  /** True where a query may attend to a key; it stretches to [..., n, m]. */
  readonly mask?: M
}

/**
 * softmax(scale q k^T) v (Vaswani et al. 2017): queries [..., n, d], keys [..., m, d] and values [..., m, e] make [...,
 * n, e]; leading dims broadcast. With `causal` query i attends to keys 0 .. i alone. A query that may attend to nothing
 * gives zeros, and no gradient. `scale` is 1 / sqrt(d) unless given.
 */
export function scaledDotProductAttention<
  Q extends AnyTensor,
  K extends AnyTensor,
  V extends AnyTensor,
  M extends AnyTensor = Tensor<[], 'bool'>,
>(
  q: Q,
  k: K,
  v: Needs<Attended<Q, K, V>, V>,
  options?: AttentionMask<Needs<Mask<'scaledDotProductAttention', Q, K, M>, M>> & {
    readonly causal?: boolean
    readonly scale?: number
  },
): Makes<Attended<Q, K, V>>
export function scaledDotProductAttention(
  q: AnyTensor,
  k: AnyTensor,
  v: AnyTensor,
  options: AttentionMask<AnyTensor> & { readonly causal?: boolean; readonly scale?: number } = {},
): AnyTensor {
  const op = 'scaledDotProductAttention'
  const all = [q, k, v].map((x) => heldTensor(op, x)) as [Held, Held, Held]
  const [queries, keys, values] = all.map((x) => ({ shape: extentsOf(x), dtype: x.dtype })) as [Typed, Typed, Typed]
  const { lead, shape } = must(attended(queries, keys, values))
  const given = optionsOf(op, options, ['mask', 'causal', 'scale'])
  const mask = maskOf(op, given.mask, [...lead, queries.shape.at(-2)!, keys.shape.at(-2)!])
  const { causal = false, scale = 1 / Math.sqrt(Math.max(1, queries.shape.at(-1)!.size)) } = given
  checkFlag(op, 'causal', causal)
  if (!Number.isFinite(scale))
    throw fail(`type error: ${op}: ${described(scale)} is not a scale; write a finite number`)
  const trace = enter(op, mask ? [...all, mask] : all)
  const [a, b, c] = all.map((x) => {
    const own = extentsOf(x)
    return stretch(trace.builder, x.value, own, [...lead, ...own.slice(-2)])
  }) as [Value, Value, Value]
  const value = attention(
    trace,
    { q: a, k: b, v: c, lead: lead.length, heads: false },
    { mask: mask?.value, causal, scale },
    op,
  )
  return traced(hold(trace, value, shape, all[0].dtype))
}

interface Typed {
  readonly shape: Extents
  readonly dtype: Held['dtype']
}

function maskOf(op: string, mask: unknown, scores: Extents): Held | undefined {
  if (mask === undefined) return undefined
  const held = heldTensor(op, mask)
  check(maskCheck(op, { shape: extentsOf(held), dtype: held.dtype }, scores))
  return held
}

type Projection<I extends number, O extends number, B> = B extends false
  ? { weight: Spec<[I, O]> }
  : { weight: Spec<[I, O]>; bias: Spec<[O]> }
/** Head h reads and writes the channels from h width / heads on. */
export type AttentionParams<W extends number, M extends number = W, B = true> = {
  query: Projection<W, W, B>
  key: Projection<M, W, B>
  value: Projection<M, W, B>
  output: Projection<W, W, B>
}

export interface AttentionOptions {
  /** Row i attends to rows 0 .. i alone. */
  readonly causal?: boolean
  /** Whether projections add something; true unless given. It starts at 0. */
  readonly bias?: boolean
  /** The width of the memory, for a layer that attends to one. */
  readonly crossWidth?: number
  /**
   * Turns queries and keys by their positions, as `rotary` does with the pairing 'half'; a number is the base of its
   * frequencies.
   */
  readonly rotary?: boolean | number
  /** Makes the weights; glorotUniform unless given. */
  readonly initialiser?: Initialiser
}

/** Attends to a memory [..., m, M], its own x [..., n, W] or another. */
export interface CrossAttention<W extends number, M extends number, P extends object> {
  readonly params: P
  attend<Q, X extends AnyTensor, Y extends AnyTensor, B extends AnyTensor = Tensor<[], 'bool'>>(
    params: Needs<Misfit<Tensors<P>, Q, 'params'>, Q>,
    x: X,
    memory: Needs<Attends<X, Y, W, M>, Y>,
    options?: AttentionMask<Needs<Mask<'multiHeadAttention', X, Y, B>, B>>,
  ): Makes<Attends<X, Y, W, M>>
}
/** A layer whose memory is x itself; `attend` is for another memory, or a mask. */
export interface SelfAttention<W extends number, P extends object>
  extends Layer<Tensor<['n', W]>, Tensor<['n', W]>, P>,
    CrossAttention<W, W, P> {}

type Attention<W extends number, O> = O extends { readonly crossWidth: infer M extends number }
  ? CrossAttention<W, M, AttentionParams<W, M, Option<O, 'bias', true>>>
  : SelfAttention<W, AttentionParams<W, W, Option<O, 'bias', true>>>
type Turned<O> = O extends { readonly rotary: infer R } ? (R extends false ? false : true) : false

/**
 * Multi-head attention (Vaswani et al. 2017) over [..., n, width]: `layer.apply(params, x)` attends to x itself,
 * `layer.attend(params, x, memory, { mask })` to a memory [..., m, width]. With `crossWidth` the memory is of that
 * width, and there is only `attend`. A row that may attend to nothing gives the bias of the output alone.
 */
export function multiHeadAttention<
  const W extends number,
  const H extends number,
  const O extends AttentionOptions = Record<never, never>,
>(width: W, heads: Needs<Heads<'multiHeadAttention', W, H, Turned<O>>, H>, options?: O): Attention<W, O>
export function multiHeadAttention(width: number, heads: number, options: AttentionOptions = {}): unknown {
  const {
    causal = false,
    bias = true,
    crossWidth,
    rotary = false,
    initialiser = glorotUniform(),
  } = layerOptions('multiHeadAttention', options, ['causal', 'bias', 'crossWidth', 'rotary', 'initialiser'])
  checkFlag('multiHeadAttention', 'causal', causal)
  if (rotary !== false && rotary !== true) checkBase('multiHeadAttention', rotary)
  if (crossWidth !== undefined) checkSize('multiHeadAttention', crossWidth)
  check(headsCheck('multiHeadAttention', width, heads, rotary !== false))
  const base = rotary === false ? undefined : rotary === true ? 10_000 : rotary
  if (base !== undefined) checkBase('multiHeadAttention', base)
  const memoryWidth = crossWidth ?? width
  const projection = (from: number) => {
    const weight = initialised(f32(from, width), initialiser as never)
    return bias ? { weight, bias: f32(width) } : { weight }
  }
  const params = {
    query: projection(width),
    key: projection(memoryWidth),
    value: projection(memoryWidth),
    output: projection(width),
  }
  const settings: Settings = {
    width,
    heads,
    causal,
    memoryWidth,
    base,
  }
  const attend = (given: Given, x: AnyTensor, memory: AnyTensor, options: AttentionMask<AnyTensor> = {}) =>
    attending(given, x, memory, optionsOf('multiHeadAttention', options, ['mask']).mask, settings)
  if (crossWidth !== undefined) return { params, attend }
  const facts = { shape: ['n', width], dtype: 'f32' } as const
  const layer = layerOf(params, {
    takes: facts,
    gives: facts,
    apply: (given: Given, x) => attend(given, x, x),
  })
  return { ...layer, attend }
}

interface Settings {
  readonly width: number
  readonly heads: number
  readonly memoryWidth: number
  readonly causal: boolean
  /** Of the frequencies by which queries and keys are turned. */
  readonly base: number | undefined
}
type Given = { readonly [K in 'query' | 'key' | 'value' | 'output']: { weight: AnyTensor; bias?: AnyTensor } }

/** Heads are an axis before their channels, [..., n, heads, d], so that nothing is transposed. */
function attending(params: Given, x: AnyTensor, memory: AnyTensor, given: unknown, settings: Settings): AnyTensor {
  const op = 'multiHeadAttention'
  const { width, heads, memoryWidth, causal, base } = settings
  const [own, other] = [heldTensor(op, x), heldTensor(op, memory)]
  const [s, t] = [extentsOf(own), extentsOf(other)]
  const lead = must(attends({ shape: s, dtype: own.dtype }, { shape: t, dtype: other.dtype }, width, memoryWidth))
  const mask = maskOf(op, given, [...lead, s.at(-2)!, t.at(-2)!])
  const trace = enter(op, mask ? [own, other, mask] : [own, other])
  const b = trace.builder
  const d = width / heads
  const parts = (part: keyof Given) => {
    const { weight, bias } = params[part]
    return { weight: heldTensor(op, weight).value, bias: bias && heldTensor(op, bias).value }
  }
  /** [..., in] to [..., heads, d]. */
  const projected = (from: Value, part: keyof Given): Value => {
    const { weight, bias } = parts(part)
    const split = b.emit(p.reshape, [weight], { shape: [from.type.shape.at(-1)!, heads, d] }, part)
    const last = from.type.shape.length - 1
    const made = b.emit(p.dot, [from, split], { batch: [], contract: [[last, 0]] }, part)
    return bias ? plus(trace, made, b.emit(p.reshape, [bias], { shape: [heads, d] }, part), part) : made
  }
  const turning = base === undefined ? (value: Value) => value : turner(trace, d, base)
  const wide = (value: Value, from: Extents) =>
    stretch(b, value, [...from.slice(0, -1), ...channels(value)], [...lead, from.at(-2)!, ...channels(value)])
  const q = wide(turning(projected(own.value, 'query')), s)
  const k = wide(turning(projected(other.value, 'key')), t)
  const v = wide(projected(other.value, 'value'), t)
  const scale = 1 / Math.sqrt(Math.max(1, d))
  const mixed = attention(trace, { q, k, v, lead: lead.length, heads: true }, { mask: mask?.value, causal, scale }, op)

  // [lead, heads, n, d] by [heads, d, width].
  const { weight, bias } = parts('output')
  const joined = b.emit(p.reshape, [weight], { shape: [heads, d, width] }, 'output')
  const contract = [
    [lead.length, 0],
    [lead.length + 2, 1],
  ] as const
  const made = b.emit(p.dot, [mixed, joined], { batch: [], contract }, 'output')
  const result = bias ? plus(trace, made, bias, 'output') : made
  return traced(hold(trace, result, [...lead, s.at(-2)!, s.at(-1)!], 'f32'))
}

/** The heads and channels of what has been projected. */
const channels = ({ type }: Value): Extents => type.shape.slice(-2).map((size) => ({ dim: size, size }))

/** x plus what stands along its last axes. */
function plus({ builder: b }: Trace, x: Value, y: Value, name: string): Value {
  const { shape } = x.type
  const axes = y.type.shape.map((_, i) => shape.length - y.type.shape.length + i)
  return b.emit(p.add, [x, b.emit(p.broadcast, [y], { shape, axes }, name)], {}, name)
}

/**
 * Turns rows 0, 1, ... of [..., n, heads, d] by their positions; queries and keys of one length by the same cosines and
 * sines.
 */
function turner(trace: Trace, d: number, base: number): (value: Value) => Value {
  const b = trace.builder
  const tables = new Map<number, Pick<Turn, 'cos' | 'sin'>>()
  const tableOf = (n: number) => {
    const at = b.emit(p.iota, [], { shape: [n], axis: 0, dtype: 'f32' }, 'position')
    const angles = anglesOf(trace, at, d / 2, base)
    return { cos: b.emit(p.cos, [angles], {}, 'rotary'), sin: b.emit(p.sin, [angles], {}, 'rotary') }
  }
  return (value) => {
    const axis = value.type.shape.length - 3
    const n = value.type.shape[axis]!
    const table = tables.get(n) ?? tableOf(n)
    tables.set(n, table)
    return turned(trace, value, { ...table, axes: [axis] }, 'half', 'rotary')
  }
}
