import { f32, type Spec, type Tensor } from '../../dsl/index.ts'
import { fieldOf, type VelocityField } from '../flow/fields/velocity-field.ts'
import { empiricalVelocity } from './exact-velocity.ts'
import { dimension, type Mixture } from './mixture.ts'

/** The parameters of an exact field: the means of its components and the logarithms of their weights. */
export type ExactFieldParams = { means: Spec<[number, number]>; logWeights: Spec<[number]> }

export interface ExactField {
  readonly field: VelocityField<number, ExactFieldParams, undefined>
  readonly params: { readonly means: Float32Array; readonly logWeights: Float32Array }
}

/** The exact velocity of a mixture of any size as a field with its parameters, for whatever takes a trained one: `priorOn(device, field, params)`. */
export function exactField({ weights, means, std }: Mixture): ExactField {
  const d = dimension({ weights, means, std })
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
