import { checkList } from '../../../dsl/given.ts'
import { concat, iota, type Tensor } from '../../../dsl/index.ts'
import { type Activation, initialisers, type LinearParams, linear, silu } from '../../../dsl/nn/index.ts'
import { checkLayer } from '../../../dsl/nn/layer.ts'
import { checkCount, optionsOf } from '../../../dsl/option.ts'
import { fail, named } from '../../../dsl/trace/trace.ts'
import { type Conditioning, type ConditionParams, conditionEmbedding } from './condition.ts'
import { fieldOf, type Rows, type VelocityField } from './velocity-field.ts'

export interface MlpFieldOptions<S extends readonly number[], C extends Conditioning | undefined> {
  /** Of the hidden layers, one or more. */
  readonly widths: S
  /** Between the layers. Default silu. */
  readonly activation?: Activation
  /** K: beside t the network is given cos(pi k t) and sin(pi k t), k = 1 .. K. Default 4. */
  readonly timeFeatures?: number
  /** What it is told beside x and t; nothing unless given. */
  readonly condition?: C
}

/** The linear layers by number from 0, of [x, time] to the first width and so on to D. */
export type MlpFieldParams<S extends readonly number[], C> = {
  layers: { [layer: `${number}`]: LinearParams<number, number> }
} & ConditionParams<C, S[0] extends number ? S[0] : number>

/**
 * A plain network on [x, t, cos(pi k t), sin(pi k t)]: linear layers with an activation between them, for small
 * dimensions. What a condition is embedded as is added to the first layer's result.
 *
 * The layers start as `linear` does, but for the last, which starts at 0: so v starts at exactly 0 everywhere.
 *
 * @throws FluxionError where a size or an option is not one.
 */
export function mlpField<
  const D extends number,
  const S extends readonly [number, ...number[]],
  const C extends Conditioning | undefined = undefined,
>(dimension: D, options: MlpFieldOptions<S, C>): VelocityField<D, MlpFieldParams<S, C>, C>
export function mlpField(
  dimension: number,
  options: MlpFieldOptions<readonly number[], Conditioning | undefined>,
): unknown {
  const op = 'mlpField'
  const {
    widths,
    activation = silu,
    timeFeatures = 4,
    condition,
  } = optionsOf(op, options, ['widths', 'activation', 'timeFeatures', 'condition'])
  checkCount(op, 'dimension', dimension)
  checkList(op, widths, 'a list of widths', 'widths: [64, 64]')
  if (widths.length === 0) throw fail(`type error: ${op}: there are no widths; write one or more`)
  for (const [i, width] of widths.entries()) checkCount(op, `widths[${i}]`, width)
  checkLayer(op, activation, 'the activation')
  checkCount(op, 'timeFeatures', timeFeatures, 0)
  const told = conditionEmbedding(op, widths[0]!, condition)
  const sizes = [dimension + 1 + 2 * timeFeatures, ...widths, dimension]
  const layers = sizes.slice(1).map((size, i) => {
    const last = i === widths.length
    return linear(sizes[i]!, size, last ? { initialiser: initialisers.zeros } : {})
  })
  const params = {
    ...told.params,
    layers: Object.fromEntries(layers.map(({ params }, i) => [`${i}`, params])),
  }
  return fieldOf({
    name: op,
    dimension,
    params,
    condition,
    velocity: (given, x, t, condition) =>
      layers.reduce<Rows>(
        (h, layer, i) =>
          named(`layer ${i}`, () => {
            const made = layer.apply(given.layers[`${i}`]!, h)
            const after = i === 0 ? told.add(given, made, condition) : made
            return i < widths.length ? activation.apply({}, after) : after
          }),
        concat([x, t.expand(1), harmonics(t, timeFeatures)], 1),
      ),
  })
}

/** cos(pi k t) and then sin(pi k t), k = 1 .. count. */
function harmonics(t: Tensor<['n']>, count: number): Rows {
  const angles = t.expand(1).mul(iota(count, 'f32').add(1).mul(Math.PI))
  return concat([angles.cos(), angles.sin()], 1)
}
