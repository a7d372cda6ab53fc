import { f32, type Spec, type Tensor } from '../../dsl/index.ts'
import { fieldOf, type VelocityField } from '../flow/fields/velocity-field.ts'
import { empiricalVelocity } from './exact-velocity.ts'
import { dimension, type Mixture } from './mixture.ts'

/** The parameters of an exact field: the means of its components and the logarithms of their weights. */
export type ExactFieldParams<D extends number = number> = { means: Spec<[number, D]>; logWeights: Spec<[number]> }

export interface ExactField<D extends number = number> {
  readonly field: VelocityField<D, ExactFieldParams<D>, undefined>
  readonly params: { readonly means: Float32Array; readonly logWeights: Float32Array }
}

/**
 * The exact velocity of a mixture of any size as a field with its parameters, for whatever takes a trained one:
 * `priorOn(device, field, params)`. With `dimension`, types know it, too.
 *
 * @throws Error where the mixture has another dimension.
 */
export function exactField<const D extends number = number>(mixture: Mixture, dimension?: D): ExactField<D>
export function exactField({ weights, means, std }: Mixture, expected?: number): ExactField {
  const d = dimension({ weights, means, std })
  if (expected !== undefined && expected !== d)
    throw new Error(`exactField: expected a mixture of ${expected} dimensions; got one of ${d}`)
  const field = fieldOf({
    name: 'exactField',
    dimension: d,
    params: { means: f32(means.length, d), logWeights: f32(means.length) },
    condition: undefined,
    velocity: (params: { means: Tensor<[number, number]>; logWeights: Tensor<[number]> }, x, t) =>
      empiricalVelocity(params.means, { std, logWeights: params.logWeights })(x, t),
  }) as ExactField['field']
  return {
    field,
    params: {
      means: Float32Array.from(means.flatMap((mean) => [...mean])),
      logWeights: Float32Array.from(weights, Math.log),
    },
  }
}
