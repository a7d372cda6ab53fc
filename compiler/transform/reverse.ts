import type { Builder } from '../ir/builder.ts'
import type { Graph, Value } from '../ir/graph.ts'
import { isFloat } from '../ir/primitive.ts'
import { splat } from '../ir/primitives/constant.ts'
import { add } from '../ir/primitives/index.ts'
import { derive, ruleOf } from './derive.ts'
import { expectLike, inlined } from './inline.ts'

export interface Vjp {
  readonly outputs: readonly Value[]
  /** Appends the backward equations: from cotangents of the outputs (undefined: zero) to those of the inputs numbered in `wrt`. */
  readonly pull: (cotangents: readonly (Value | undefined)[]) => readonly Value[]
}

/**
 * Reverse-mode differentiation: inlines `graph` at `args`, and gives with its outputs the map from their cotangents to those of the inputs `wrt`. Values that the
 * graph takes from an enclosing trace are constants to it. Throws where an input of `wrt` is not a float and, in `pull`, where a gradient has to pass through a
 * primitive that has none.
 */
export function vjp(b: Builder, graph: Graph, args: readonly Value[], wrt: readonly number[]): Vjp {
  expectLike(`vjp of ${graph.name}: arguments`, args, graph.inputs)
  const into = wrt.map((i) => graph.inputs[i]!)
  for (const { type, name } of into)
    if (!isFloat(type.dtype))
      throw new Error(`vjp of ${graph.name}: input '${name}' is ${type.dtype}; only floats have gradients`)
  const { outputs, equations } = inlined(b, graph, args)

  const active = new Set<Value>(into)
  const path = equations.filter(({ was }) => {
    if (!was.inputs.some((input) => active.has(input))) return false
    for (const output of was.outputs) if (isFloat(output.type.dtype)) active.add(output)
    return was.outputs.some((output) => active.has(output))
  })

  const pull = (cotangents: readonly (Value | undefined)[]): readonly Value[] => {
    expectLike(`vjp of ${graph.name}: cotangents`, cotangents, graph.outputs)
    const gathered = new Map<Value, Value>()
    const give = (to: Value, cotangent: Value | undefined) => {
      if (!cotangent || !active.has(to)) return
      const before = gathered.get(to)
      gathered.set(to, before ? b.emit(add, [before, cotangent], {}, `d_${to.name}`) : cotangent)
    }
    for (const [i, output] of graph.outputs.entries()) give(output, cotangents[i])
    for (const { was, now } of path.toReversed()) {
      const given = was.outputs.map((output) => gathered.get(output))
      if (!given.some(Boolean)) continue
      b.from(was.source, () => {
        const names = was.inputs.map((input) => `d_${input.name}`)
        const back = derive(b, was.source, names, (made) =>
          ruleOf('gradient', was.primitive.reverse, was)(made, { ...now, cotangents: given }),
        )
        for (const [i, input] of was.inputs.entries()) give(input, back[i])
      })
    }
    return into.map((input) => gathered.get(input) ?? splat(b, input.type, 0, `d_${input.name}`))
  }
  return { outputs, pull }
}
