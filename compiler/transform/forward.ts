import type { Builder } from '../ir/builder.ts'
import type { Graph, Value } from '../ir/graph.ts'
import { isFloat } from '../ir/primitive.ts'
import { derive, ruleOf } from './derive.ts'
import { expectLike, inlined } from './inline.ts'

export interface Jvp {
  readonly outputs: readonly Value[]
  /** Undefined: zero, as of every output that is not a float. */
  readonly tangents: readonly (Value | undefined)[]
}

/**
 * Forward-mode differentiation: inlines `graph` at `args` and carries the tangents of its inputs (undefined: zero) to its outputs. Values from an
 * enclosing trace are constants. Throws where a tangent has to pass through a primitive that has no derivative.
 */
export function jvp(b: Builder, graph: Graph, args: readonly Value[], tangents: readonly (Value | undefined)[]): Jvp {
  expectLike(`jvp of ${graph.name}: arguments`, args, graph.inputs)
  expectLike(`jvp of ${graph.name}: tangents`, tangents, graph.inputs)
  const { outputs, equations } = inlined(b, graph, args)
  const carried = new Map<Value, Value>()
  const carry = (value: Value, tangent: Value | undefined) => {
    if (tangent && isFloat(value.type.dtype)) carried.set(value, tangent)
  }
  for (const [i, input] of graph.inputs.entries()) carry(input, tangents[i])
  for (const { was, now } of equations) {
    const given = was.inputs.map((input) => carried.get(input))
    if (!given.some(Boolean) || !was.outputs.some((output) => isFloat(output.type.dtype))) continue
    const names = was.outputs.map((output) => `t_${output.name}`)
    const results = derive(b, was.source, names, (made) =>
      ruleOf('derivative', was.primitive.forward, was)(made, { ...now, tangents: given }),
    )
    for (const [i, output] of was.outputs.entries()) carry(output, results[i])
  }
  return { outputs, tangents: graph.outputs.map((output) => carried.get(output)) }
}
