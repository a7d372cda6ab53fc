import type { Params, Type, Value } from '../../ir/graph.ts'
import type { Primitive } from '../../ir/primitive.ts'
import { constant } from '../../ir/primitives/constant.ts'

/** An equation with one output that is about to be appended, as a rewrite sees it. */
export interface Site<P extends Params = Params> {
  readonly inputs: readonly Value[]
  readonly params: P
  /** The type of the output; what replaces it has the same. */
  readonly type: Type
  /** What made a value, where that was an equation of this primitive. */
  madeBy<Q extends Params>(primitive: Primitive<Q>, value: Value): { inputs: readonly Value[]; params: Q } | undefined
  /**
   * Whether nothing else reads a value that an equation made, so that it is not computed twice when it is rewritten
   * into its reader.
   */
  readByOne(value: Value): boolean
  /** Appends an equation, simplified in its turn, with the source of this one, and its name unless another is given. */
  emit<Q extends Params>(primitive: Primitive<Q>, inputs: readonly Value[], params: Q, name?: string): Value
}

/** A value equal to the output, or undefined where the rewrite does not apply. */
export interface Rewrite {
  readonly primitive: Primitive
  readonly apply: (site: Site) => Value | undefined
}

export const rewrite = <P extends Params>(
  primitive: Primitive<P>,
  apply: (site: Site<P>) => Value | undefined,
): Rewrite => ({
  // As in the builder, a primitive and params of its own kind are paired when the equation is made.
  primitive: primitive as unknown as Primitive,
  apply: apply as (site: Site) => Value | undefined,
})

/** The number that a value is filled with, where the compiler knows it. */
export const splatOf = (site: Pick<Site, 'madeBy'>, value: Value): number | undefined =>
  site.madeBy(constant, value)?.params.value

/** A constant of the output's type. */
export const filledWith = (site: Pick<Site, 'emit' | 'type'>, value: number): Value =>
  site.emit(constant, [], { value, shape: site.type.shape, dtype: site.type.dtype })
