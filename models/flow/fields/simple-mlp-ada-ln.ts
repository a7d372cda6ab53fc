import type { Tensors, Times } from '../../../dsl/index.ts'
import {
  initialisers,
  type LayerNormParams,
  type LinearParams,
  layerNorm,
  linear,
  silu,
} from '../../../dsl/nn/index.ts'
import { checkCount, optionsOf } from '../../../dsl/option.ts'
import { named } from '../../../dsl/trace/trace.ts'
import { numbered } from '../../numbered.ts'
import { type Conditioning, type ConditionParams, conditionEmbedding } from './condition.ts'
import { type FinalLayerParams, finalLayer } from './final-layer.ts'
import { modulated, modulation } from './modulation.ts'
import { type TimeEmbeddingParams, timeEmbedding } from './time-embedding.ts'
import { fieldOf, type Rows, type VelocityField } from './velocity-field.ts'

export interface SimpleMlpAdaLNOptions<W extends number, C extends Conditioning | undefined> {
  /** w, of all hidden layers. */
  readonly width: W
  /** N, how many residual blocks there are. */
  readonly blocks: number
  /**
   * Times are multiplied by it before they are embedded. Default 1: t in [0, 1] as it is, as the public code feeds it.
   */
  readonly timeScale?: number
  /** What it is told beside x and t; nothing unless given. */
  readonly condition?: C
}

/** Named and nested as the public state dict; weights are [in, out]. */
export type SimpleMlpAdaLNParams<D extends number, W extends number, C> = {
  time_embed: TimeEmbeddingParams<W>
  input_proj: LinearParams<D, W>
  res_blocks: { [block: `${number}`]: ResidualBlockParams<W> }
  final_layer: FinalLayerParams<W, D>
} & ConditionParams<C, W>

type ResidualBlockParams<W extends number> = {
  in_ln: LayerNormParams<[W]>
  mlp: { '0': LinearParams<W, W>; '2': LinearParams<W, W> }
  adaLN_modulation: { '1': LinearParams<W, Times<W, 3>> }
}

/**
 * The velocity network of flow priors, "SimpleMLPAdaLN", exactly as in its public PyTorch code, so that weights can be
 * exchanged (`fromStateDict`, `toStateDict`).
 *
 * c = timeEmbedding(timeScale t) (+ cond_embed of the condition); h = Linear(D, w)(x); for each block h + gate *
 * Linear(w, w)(SiLU(Linear(w, w)(LayerNorm(h) (1 + scale) + shift))) with (shift, scale, gate) = Linear(w, 3
 * w)(SiLU(c)); then v = Linear(w, D)(LayerNorm(h) (1 + scale) + shift) with (shift, scale) = Linear(w, 2 w)(SiLU(c)).
 * Norms have eps 1e-6; those of blocks are affine, the last is not.
 *
 * Weights start Xavier-uniform and biases at 0, but the time MLP's weights normal of std 0.02, and all adaLN layers and
 * the last at 0: so v starts at exactly 0 everywhere.
 *
 * Li, Tian, Li, Deng, He 2024, arXiv 2406.11838 (the head of MAR); Li, Ge, Ge, Shan, Luo 2025, arXiv 2506.05240 (as a
 * flow prior: D = 2, w = 512, N = 4 for its toy, D = 32, w = 1024, N = 6 for images).
 *
 * @throws FluxionError where a size or an option is not one.
 */
export function simpleMlpAdaLN<
  const D extends number,
  const W extends number,
  const C extends Conditioning | undefined = undefined,
>(dimension: D, options: SimpleMlpAdaLNOptions<W, C>): VelocityField<D, SimpleMlpAdaLNParams<D, W, C>, C>
export function simpleMlpAdaLN(
  dimension: number,
  options: SimpleMlpAdaLNOptions<number, Conditioning | undefined>,
): unknown {
  const op = 'simpleMlpAdaLN'
  const {
    width,
    blocks,
    timeScale = 1,
    condition,
  } = optionsOf(op, options, ['width', 'blocks', 'timeScale', 'condition'])
  checkCount(op, 'dimension', dimension)
  checkCount(op, 'blocks', blocks, 0)
  const time = timeEmbedding(op, width, timeScale)
  const told = conditionEmbedding(op, width, condition)
  const first = linear(dimension, width, { initialiser: initialisers.glorotUniform() })
  const block = residualBlock(width)
  const last = finalLayer(width, dimension)
  const params = {
    time_embed: time.params,
    ...told.params,
    input_proj: first.params,
    res_blocks: numbered(block.params, blocks),
    final_layer: last.params,
  }
  return fieldOf({
    name: op,
    dimension,
    params,
    condition,
    velocity: (given, x, t, condition) => {
      const embedded = named('time_embed', () => time.apply(given.time_embed, t))
      const c = silu(named('cond_embed', () => told.add(given, embedded, condition)))
      let h: Rows = named('input_proj', () => first.apply(given.input_proj, x))
      for (let i = 0; i < blocks; i++) h = named(`block ${i}`, () => block.apply(given.res_blocks[`${i}`]!, h, c))
      return named('final_layer', () => last.apply(given.final_layer, h, c)) as Rows
    },
  })
}

/** h + gate f(modulated norm of h), f = Linear(w, w), SiLU, Linear(w, w). */
function residualBlock(width: number) {
  const norm = layerNorm(width, { eps: 1e-6 })
  const xavier = { initialiser: initialisers.glorotUniform() }
  const [first, second] = [linear(width, width, xavier), linear(width, width, xavier)]
  const changes = modulation(width, 3)
  const params = {
    in_ln: norm.params,
    mlp: { '0': first.params, '2': second.params },
    adaLN_modulation: { '1': changes.params },
  }
  const apply = (given: Tensors<typeof params>, h: Rows, c: Rows): Rows => {
    const [shift, scale, gate] = changes.apply(given.adaLN_modulation['1'], c).split(3, 1)
    const input = modulated(norm.apply(given.in_ln, h), shift, scale) as Rows
    return h.add(gate.mul(second.apply(given.mlp['2'], silu(first.apply(given.mlp['0'], input)))))
  }
  return { params, apply }
}
