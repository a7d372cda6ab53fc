import { f32, initialised, type Spec, type Tensors, type Times } from '../../../dsl/index.ts'
import {
  type AttentionParams,
  geluTanh,
  initialisers,
  type LinearParams,
  layerNorm,
  linear,
  multiHeadAttention,
  silu,
} from '../../../dsl/nn/index.ts'
import { checkCount, optionsOf } from '../../../dsl/option.ts'
import { named } from '../../../dsl/trace/trace.ts'
import { numbered } from '../../numbered.ts'
import { type Conditioning, type ConditionParams, conditionEmbedding } from './condition.ts'
import { type FinalLayerParams, finalLayer } from './final-layer.ts'
import { modulated, modulation } from './modulation.ts'
import { type TimeEmbeddingParams, timeEmbedding } from './time-embedding.ts'
import { fieldOf, type Vectors, type VelocityField } from './velocity-field.ts'

export interface TransformerFieldOptions<W extends number, C extends Conditioning | undefined> {
  readonly width: W
  /** Of attention; they share the width. */
  readonly heads: number
  readonly blocks: number
  /** How many times wider the MLPs are inside. Default 4. */
  readonly mlpRatio?: number
  /** Times are multiplied by it before they are embedded. Default 1. */
  readonly timeScale?: number
  /** What it is told beside x and t; nothing unless given. */
  readonly condition?: C
}

export type TransformerFieldParams<T extends number, K extends number, W extends number, C> = {
  time_embed: TimeEmbeddingParams<W>
  input_proj: LinearParams<K, W>
  /** Of the tokens, learned. */
  positions: Spec<[T, W]>
  blocks: { [block: `${number}`]: TransformerBlockParams<W> }
  final_layer: FinalLayerParams<W, K>
} & ConditionParams<C, W>

type TransformerBlockParams<W extends number> = {
  attention: AttentionParams<W>
  mlp: { '0': LinearParams<W, number>; '2': LinearParams<number, W> }
  adaLN_modulation: { '1': LinearParams<W, Times<W, 6>> }
}

/**
 * A small diffusion transformer over T tokens of K channels, which come and go side by side as vectors of T K: v is [N,
 * T K].
 *
 * c = SiLU(timeEmbedding(timeScale t) (+ the embedding of the condition)); h = Linear(K, w)(tokens) + positions; for
 * each block h + gate * attention(norm(h) (1 + scale) + shift), and then likewise with Linear(w, r w), gelu (tanh),
 * Linear(r w, w), where Linear(w, 6 w)(c) gives shift, scale, gate of both; then v = Linear(w, K)(norm(h) (1 + scale) +
 * shift) with (shift, scale) = Linear(w, 2 w)(c). Norms have eps 1e-6 and no parameters.
 *
 * Weights start Xavier-uniform and biases at 0, but the time MLP's weights and the positions normal of std 0.02, and
 * all adaLN layers and the last at 0: so v starts at exactly 0 everywhere.
 *
 * Peebles and Xie 2022, "Scalable diffusion models with transformers", arXiv 2212.09748.
 *
 * @throws FluxionError where a size or an option is not one, and where the heads do not divide the width.
 */
export function transformerField<
  const T extends number,
  const K extends number,
  const W extends number,
  const C extends Conditioning | undefined = undefined,
>(
  tokens: T,
  channels: K,
  options: TransformerFieldOptions<W, C>,
): VelocityField<Times<T, K>, TransformerFieldParams<T, K, W, C>, C>
export function transformerField(
  tokens: number,
  channels: number,
  options: TransformerFieldOptions<number, Conditioning | undefined>,
): unknown {
  const op = 'transformerField'
  const {
    width,
    heads,
    blocks,
    mlpRatio = 4,
    timeScale = 1,
    condition,
  } = optionsOf(op, options, ['width', 'heads', 'blocks', 'mlpRatio', 'timeScale', 'condition'])
  checkCount(op, 'tokens', tokens)
  checkCount(op, 'channels', channels)
  checkCount(op, 'blocks', blocks, 0)
  checkCount(op, 'mlpRatio', mlpRatio)
  const time = timeEmbedding(op, width, timeScale)
  const told = conditionEmbedding(op, width, condition)
  const first = linear(channels, width, { initialiser: initialisers.glorotUniform() })
  const block = transformerBlock(width, heads, mlpRatio)
  const last = finalLayer(width, channels)
  const params = {
    time_embed: time.params,
    ...told.params,
    input_proj: first.params,
    positions: initialised(f32(tokens, width), initialisers.normal(0.02)),
    blocks: numbered(block.params, blocks),
    final_layer: last.params,
  }
  return fieldOf({
    name: op,
    dimension: tokens * channels,
    params,
    condition,
    velocity: (given, x, t, condition) => {
      const [n] = x.shape
      const embedded = named('time_embed', () => time.apply(given.time_embed, t))
      // [n, 1, width], for all tokens of a row.
      const c = silu(named('cond_embed', () => told.add(given, embedded, condition))).expand(1)
      let h: Vectors = named('input_proj', () =>
        first.apply(given.input_proj, x.reshape([n, tokens, channels])).add(given.positions),
      )
      for (let i = 0; i < blocks; i++) h = named(`block ${i}`, () => block.apply(given.blocks[`${i}`]!, h, c))
      return named('final_layer', () => last.apply(given.final_layer, h, c)).reshape([n, tokens * channels])
    },
  })
}

/** Attention and an MLP, each of a modulated norm and each added through a gate. */
function transformerBlock(width: number, heads: number, ratio: number) {
  const norm = layerNorm(width, { affine: false, eps: 1e-6 })
  const xavier = { initialiser: initialisers.glorotUniform() }
  const attention = multiHeadAttention(width, heads)
  const [first, second] = [linear(width, ratio * width, xavier), linear(ratio * width, width, xavier)]
  const changes = modulation(width, 6)
  const params = {
    attention: attention.params,
    mlp: { '0': first.params, '2': second.params },
    adaLN_modulation: { '1': changes.params },
  }
  const apply = (given: Tensors<typeof params>, h: Vectors, c: Vectors): Vectors => {
    const changed = changes.apply(given.adaLN_modulation['1'], c)
    const [shift, scale, gate, shiftMlp, scaleMlp, gateMlp] = changed.split(6, -1) as readonly Vectors[] as Six
    const attended = attention.apply(given.attention, modulated(norm.apply({}, h), shift, scale))
    const between = h.add(gate.mul(attended))
    const input = modulated(norm.apply({}, between), shiftMlp, scaleMlp)
    const made = second.apply(given.mlp['2'], geluTanh(first.apply(given.mlp['0'], input)))
    return between.add(gateMlp.mul(made))
  }
  return { params, apply }
}

type Six = readonly [Vectors, Vectors, Vectors, Vectors, Vectors, Vectors]
