import { type Equation, type Graph, sameShape, type Value } from '../ir/graph.ts'
import { type Consumers, kindOf } from './consumers.ts'

/**
 * Follows a value through the elementwise equations that consume it to the last value through which all that depends on
 * it goes: bias and activation after a product, and an activation's derivative although it uses the product twice. On
 * the way to what leaves the graph it also follows elements to other places among the same axes, such as the transpose
 * of a gradient: there they get memory anyway.
 */
export function endOfChain(graph: Graph, start: Value, consumers: Consumers, outputs: ReadonlySet<Value>): Value {
  const usesOf = (value: Value) => (consumers.get(value) ?? []).length
  const open = new Map([[start, usesOf(start)]])
  let end = start
  let unmoved: Value | undefined
  for (const equation of graph.equations) {
    if (!equation.inputs.some((input) => open.has(input))) continue
    const used = new Set(equation.inputs.filter((input) => open.has(input)))
    const alone = open.size === 1 && [...open.values()][0] === 1
    const follows = kindOf(equation) === 'map' ? equation.outputs.length === 1 : alone && keepsAxes(equation)
    if (!follows || [...used].some((input) => outputs.has(input))) break
    if (kindOf(equation) !== 'map') unmoved ??= end
    for (const input of used) {
      const left = open.get(input)! - 1
      if (left === 0) open.delete(input)
      else open.set(input, left)
    }
    const output = equation.outputs[0]!
    if (usesOf(output) > 0 || outputs.has(output)) open.set(output, usesOf(output))
    if (open.size === 1 && open.has(output)) end = output
  }
  return unmoved && !outputs.has(end) ? unmoved : end
}

/**
 * Whether an equation gives elements other places, each at most one, without joining or splitting axes: what was
 * computed along an axis can be as well after it.
 */
function keepsAxes({ primitive, inputs, outputs }: Equation): boolean {
  if (moves.has(primitive.name)) return true
  const long = (value: Value) => value.type.shape.filter((size) => size !== 1)
  return primitive.name === 'reshape' && sameShape(long(inputs[0]!), long(outputs[0]!))
}
const moves: ReadonlySet<string> = new Set(['transpose', 'slice', 'flip'])
