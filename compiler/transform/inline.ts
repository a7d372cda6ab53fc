import type { Builder } from '../ir/builder.ts'
import { type Equation, type Graph, sameShape, type Value } from '../ir/graph.ts'
import { showType } from '../ir/primitives/type-rule.ts'

/** A graph inlined into a builder: each equation beside what it became. Values of the graph, not the arguments that replaced them, tell inputs apart. */
export interface Inlined {
  readonly outputs: readonly Value[]
  readonly equations: readonly { readonly was: Equation; readonly now: Equation }[]
}

export function inlined(b: Builder, graph: Graph, args: readonly Value[]): Inlined {
  const first = b.equations.length
  const outputs = b.inline(graph, args)
  return { outputs, equations: graph.equations.map((was, i) => ({ was, now: b.equations[first + i]! })) }
}

/** Throws where values that belong to `of` are not as many as it has, or not of their types; undefined fits anything. */
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
