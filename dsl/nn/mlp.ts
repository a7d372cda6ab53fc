import { checkList, checkSize } from '../given.ts'
import type { Fields } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { Initialiser } from '../spec.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { fail, named } from '../trace/trace.ts'
import { silu } from './activations.ts'
import { checkLayer, type Layer, layerOf } from './layer.ts'
import { layerOptions } from './layer-options.ts'
import { type LinearParams, linear } from './linear.ts'
import type { Activation } from './pointwise.ts'

/** The parameters of each linear layer, by its number from 0. */
export type MlpParams<S extends readonly number[], B extends boolean = true> = number extends S['length']
  ? { [layer: `${number}`]: LinearParams<number, number, B> }
  : Numbered<Links<S, B>>
type Links<S extends readonly number[], B extends boolean, Done extends unknown[] = []> = S extends readonly [
  infer I extends number,
  infer O extends number,
  ...infer Rest extends readonly number[],
]
  ? Links<[O, ...Rest], B, [...Done, LinearParams<I, O, B>]>
  : Done
type Numbered<L> = { [K in Fields<L>]: L[K] } extends infer P extends object ? P : never

type First<S extends readonly number[]> = S extends readonly [infer N extends number, ...unknown[]] ? N : number
type Last<S extends readonly number[]> = S extends readonly [...unknown[], infer N extends number] ? N : number
/** Check: there is a layer between the sizes. */
type TwoSizes<S extends readonly number[]> = S['length'] extends 0 | 1
  ? `type error: mlp: ${S['length']} sizes make no layer; write two or more`
  : never

export interface MlpOptions<B extends boolean = boolean> {
  /** What follows the last linear layer; nothing unless given. */
  readonly final?: Activation
  /** As for `linear`. */
  readonly bias?: B
  readonly initialiser?: Initialiser
}

/**
 * A multilayer perceptron: `mlp([2, 256, 256, 2])` has a linear layer for each two neighbouring sizes, and the
 * activation between them.
 */
export function mlp<const S extends readonly number[], const B extends boolean = true>(
  sizes: Needs<TwoSizes<S>, S>,
  activation: Activation = silu,
  options?: MlpOptions<B>,
): Layer<Tensor<[First<S>]>, Tensor<[Last<S>]>, MlpParams<S, B>> {
  const { final, ...how } = layerOptions('mlp', (options === undefined ? {} : options) as MlpOptions, [
    'final',
    'bias',
    'initialiser',
  ])
  checkList('mlp', sizes, 'a list of sizes', 'mlp([2, 64, 2])')
  checkLayer('mlp', activation, 'the activation')
  if (final !== undefined) checkLayer('mlp', final, 'final')
  const widths = sizes as readonly number[]
  for (const width of widths) checkSize('mlp', width)
  if (widths.length < 2) throw fail(`type error: mlp: ${widths.length} sizes make no layer; write two or more`)
  const layers = widths.slice(1).map((width, i) => linear(widths[i]!, width, how))
  const params = Object.fromEntries(layers.map((layer, i) => [`${i}`, layer.params]))
  return layerOf(params, {
    takes: { shape: [widths[0]!], dtype: 'f32' },
    gives: { shape: [widths.at(-1)!], dtype: 'f32' },
    apply: (given: { readonly [layer: string]: never }, input) =>
      layers.reduce<AnyTensor>(
        (x, layer, i) =>
          named(`layer ${i}`, () => {
            const y = layer['~run'].apply(given[`${i}`]!, x, undefined) as AnyTensor
            const after = i + 1 < layers.length ? activation : final
            return after ? (after['~run'].apply({} as never, y, undefined) as AnyTensor) : y
          }),
        input,
      ),
  })
}
