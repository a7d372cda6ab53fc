import { sameShape, type Value } from '../ir/graph.ts'
import { showType } from '../ir/primitives/type-rule.ts'

/**
 * Throws where values that belong to `of` are not as many as it has, or not of their types; undefined fits anything.
 */
export function expectLike(
  what: string,
  given: readonly (Value | undefined)[],
  of: readonly Value[],
  leading: readonly number[][] = of.map(() => []),
): void {
  if (given.length !== of.length) throw new Error(`${what}: ${of.length} are needed and ${given.length} are given`)
  for (const [i, value] of given.entries()) {
    const { type, name } = of[i]!
    const wanted = { ...type, shape: [...leading[i]!, ...type.shape] }
    if (value && (value.type.dtype !== wanted.dtype || !sameShape(value.type.shape, wanted.shape)))
      throw new Error(`${what}: '${name}' is ${showType(wanted)} and is given ${showType(value.type)}`)
  }
}
