import { f32, i32, type Program, program, type Specs, type Tensor } from '../../../../dsl/index.ts'
import {
  type Conditioning,
  mlpField,
  simpleMlpAdaLN,
  transformerField,
  type VelocityField,
} from '../../../../models/index.ts'

// One small field of each kind, without a condition and with either, all of dimension 4.

export interface Inputs {
  readonly params: Tree
  readonly x: Tensor<['n', 4]>
  readonly t: Tensor<['n']>
  readonly condition?: Tensor<['n', 3]> | Tensor<['n'], 'i32'>
}
interface Tree {
  readonly [name: string]: Tensor<readonly number[]> | Tree
}
export interface SmallField {
  readonly name: string
  readonly field: VelocityField<4, Specs>
  /** Its velocities. */
  readonly of: Program<Inputs, Tensor<['n', 4]>>
  /** Its velocities where it is told nothing. */
  readonly unconditioned: Program<Inputs, Tensor<['n', 4]>>
  /** The sum of the squares of its velocities, whose gradient all parameters have. */
  readonly loss: Program<Inputs, Tensor<[]>>
}

export const smallFields: readonly SmallField[] = [
  ...ofConditioning('', {}),
  ...ofConditioning(' of features', { condition: { features: 3 } }),
  ...ofConditioning(' of classes', { condition: { classes: 3 } }),
]

function ofConditioning(of: string, told: { readonly condition?: Conditioning }): readonly SmallField[] {
  return [
    small(`simpleMlpAdaLN${of}`, simpleMlpAdaLN(4, { width: 3, blocks: 2, timeScale: 2, ...told })),
    small(`mlpField${of}`, mlpField(4, { widths: [3, 2], timeFeatures: 1, ...told })),
    small(`transformerField${of}`, transformerField(2, 2, { width: 4, heads: 2, blocks: 1, mlpRatio: 2, ...told })),
  ]
}

function small(name: string, given: unknown): SmallField {
  const field = given as VelocityField<4, Specs>
  const told = field.condition
  const condition = told && { condition: 'features' in told ? f32('n', 3) : i32('n') }
  const alone = { params: field.params, x: f32('n', 4), t: f32('n') }
  const specs = { ...alone, ...condition }
  const velocity = (inputs: Inputs) =>
    field.apply(inputs.params as never, inputs.x, inputs.t, inputs.condition as never)
  return {
    name,
    field,
    of: program(specs, velocity as never, { name }) as never,
    unconditioned: program(alone, velocity as never, { name }) as never,
    loss: program(specs, ((inputs: Inputs) => velocity(inputs).square().sum()) as never, { name }) as never,
  }
}
