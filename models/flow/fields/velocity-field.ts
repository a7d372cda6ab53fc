import type { AnyTensor, Dim, Shape, Specs, Tensor, Tensors } from '../../../dsl/index.ts'
import { checkSpecs, specsIn } from '../../../dsl/nn/layer.ts'
import { extentsOf } from '../../../dsl/trace/held.ts'
import { fail, named } from '../../../dsl/trace/trace.ts'
import { heldTensor } from '../../../dsl/traced-tensor.ts'
import { checkTensor } from '../../check-tensor.ts'
import { type Condition, type Conditioning, conditionShape } from './condition.ts'

/**
 * A velocity v(x, t) with parameters, as a value: dx/dt = v along a flow from noise at t = 0 to data at t = 1. It is
 * the specs of its parameters and a pure function, so a program says `program({ params: field.params, x: f32('n', 2),
 * t: f32('n') }, ({ params, x, t }) => field.apply(params, x, t))`, and a loss is generic in N and D.
 */
export interface VelocityField<
  D extends Dim,
  P extends Specs,
  C extends Conditioning | undefined = Conditioning | undefined,
> {
  /** D, of the vectors that flow. */
  readonly dimension: D
  readonly params: P
  /** What it may be told beside x and t; undefined for a field that takes no condition. */
  readonly condition: C
  /**
   * Velocities [N, D] at points x [N, D] and times t [N], row by row: a row depends on no other. Of a field that has a
   * condition, without one all rows are as with one that is dropped.
   *
   * @throws FluxionError where a tensor has another shape or dtype, or where parameters are missing.
   */
  apply<N extends Dim>(
    params: Tensors<P>,
    x: Tensor<[N, D]>,
    t: Tensor<[NoInfer<N>]>,
    condition?: Condition<C, NoInfer<N>>,
  ): Tensor<[N, D]>
}

/** Vectors of some size, one a row. */
export type Rows = Tensor<['n', number]>

/** Vectors of some size along the last axis, or what stretches to them. */
export type Vectors = Tensor<Shape>

/** What a kind of field says of itself. */
interface FieldParts<P> {
  /** In complaints, and around its equations. */
  readonly name: string
  readonly dimension: number
  readonly params: P
  readonly condition: Conditioning | undefined
  readonly velocity: (params: Tensors<P>, x: Rows, t: Tensor<['n']>, condition: AnyTensor | undefined) => Rows
}

/** The field of its parts, whose `apply` has looked at all that it is given before they see it. */
export function fieldOf<P extends object>({
  name,
  dimension,
  params,
  condition: told,
  velocity,
}: FieldParts<P>): unknown {
  const specs = specsIn(params)
  const apply = (given: Tensors<P>, x: Rows, t: Tensor<['n']>, condition?: AnyTensor): Rows => {
    checkTensor(name, 'x', x, 'f32', [undefined, dimension])
    const n = extentsOf(heldTensor(name, x))[0]!
    checkTensor(name, 't', t, 'f32', [n])
    if (condition !== undefined) {
      if (told === undefined)
        throw fail(`type error: ${name}: this field takes no condition; make it with { condition }`)
      const { shape, dtype } = conditionShape(told)
      checkTensor(name, 'the condition', condition, dtype, [n, ...shape])
    }
    checkSpecs('params', specs, given)
    return named(name, () => velocity(given, x, t, condition))
  }
  return { dimension, params, condition: told, apply }
}
