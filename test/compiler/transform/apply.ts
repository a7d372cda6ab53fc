import { Builder } from '../../../compiler/ir/builder.ts'
import { evaluate } from '../../../compiler/ir/evaluate.ts'
import type { Graph, Value } from '../../../compiler/ir/graph.ts'
import { type Dense, isFloat } from '../../../compiler/ir/primitive.ts'
import { splat } from '../../../compiler/ir/primitives/constant.ts'
import { verify } from '../../../compiler/ir/verify.ts'
import { batch } from '../../../compiler/transform/batch.ts'
import { jvp } from '../../../compiler/transform/forward.ts'
import { vjp } from '../../../compiler/transform/reverse.ts'

/** A verified graph with the inputs of another one, and what `body` makes of them. */
export function built(
  name: string,
  like: Graph,
  body: (b: Builder, args: readonly Value[]) => readonly Value[],
): Graph {
  const b = new Builder()
  const args = like.inputs.map(({ type, name }) => b.input(type, name))
  const graph = b.graph(name, body(b, args))
  verify(graph)
  return graph
}

/** The inputs that are floats, by number. */
export const floatInputs = (graph: Graph): number[] =>
  [...graph.inputs.keys()].filter((i) => isFloat(graph.inputs[i]!.type.dtype))

/** Inputs and then a cotangent for each float output; the cotangents of the float inputs. */
export const reversed = (graph: Graph): Graph =>
  built(`vjp ${graph.name}`, graph, (b, args) => {
    const { outputs, pull } = vjp(b, graph, args, floatInputs(graph))
    return pull(outputs.map(({ type }, i) => (isFloat(type.dtype) ? b.input(type, `ct${i}`) : undefined)))
  })

/** Inputs and then a tangent for each float input; the outputs, then the tangents of those that are floats. */
export const forwarded = (graph: Graph): Graph =>
  built(`jvp ${graph.name}`, graph, (b, args) => {
    const given = graph.inputs.map(({ type }, i) => (isFloat(type.dtype) ? b.input(type, `t${i}`) : undefined))
    const { outputs, tangents } = jvp(b, graph, args, given)
    const floats = outputs.flatMap(({ type }, i) => (isFloat(type.dtype) ? [tangents[i] ?? splat(b, type, 0)] : []))
    return [...outputs, ...floats]
  })

/** The graph on `size` sets of inputs at once. */
export function batched(graph: Graph, carries: readonly boolean[], size: number): Graph {
  const b = new Builder()
  const args = graph.inputs.map(({ type, name }, i) =>
    b.input(carries[i] ? { ...type, shape: [size, ...type.shape] } : type, name),
  )
  const result = b.graph(`batch ${graph.name}`, batch(b, graph, args, carries, size))
  verify(result)
  return result
}

/** The sum of weight * output over all float outputs: a number to differentiate. */
export function weighed(graph: Graph, inputs: readonly Dense[], weights: readonly Dense[]): number {
  const outputs = evaluate(graph, inputs).filter(({ dtype }) => isFloat(dtype))
  return outputs.reduce((sum, output, i) => sum + inner(output.data, weights[i]!.data), 0)
}

export const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0)
