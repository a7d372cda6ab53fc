import { type Equation, type Graph, graphsIn, sameShape, type Type, type Value } from './graph.ts'
import { showType } from './primitives/type-rule.ts'
import { printEquation } from './print.ts'
import { whereFrom } from './source.ts'

/**
 * Checks that a graph is one: values are defined before use and once, outputs have the types that their primitive
 * gives, the graph's outputs are defined. `free` are values of an enclosing graph that this one may mention. Throws an
 * Error that names the equation and says what is wrong with it.
 */
export function verify(graph: Graph, options: { readonly free?: ReadonlySet<Value> } = {}): void {
  const defined = new Set<Value>(options.free)
  for (const input of graph.inputs) {
    if (defined.has(input)) throw new Error(`graph ${graph.name}: input '${input.name}' is listed twice`)
    defined.add(input)
  }
  for (const [i, equation] of graph.equations.entries()) {
    const fail = (why: string) => {
      const where = `equation ${i} '${printEquation(equation)}'${whereFrom(equation.source)}`
      throw new Error(`graph ${graph.name}: ${where}: ${why}`)
    }
    for (const input of equation.inputs)
      if (!defined.has(input)) fail(`reads '${input.name}', which is not defined before it`)
    checkTypes(equation, fail)
    for (const [, inner] of graphsIn(equation.params)) verifyWithin(inner, fail)
    for (const output of equation.outputs) {
      if (defined.has(output)) fail(`defines '${output.name}', which is defined already`)
      defined.add(output)
    }
  }
  for (const [i, output] of graph.outputs.entries())
    if (!defined.has(output)) throw new Error(`graph ${graph.name}: output ${i} '${output.name}' is not defined`)
}

/** A graph that an equation runs mentions nothing of the graph around it. */
function verifyWithin(graph: Graph, fail: (why: string) => void): void {
  try {
    verify(graph)
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

function checkTypes({ primitive, params, inputs, outputs }: Equation, fail: (why: string) => void): void {
  let types: readonly Type[] = []
  try {
    types = primitive.type(
      inputs.map((input) => input.type),
      params,
    )
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
  if (types.length !== outputs.length)
    fail(`has ${outputs.length} outputs where ${primitive.name} gives ${types.length}`)
  for (const [i, { type, name }] of outputs.entries())
    if (type.dtype !== types[i]!.dtype || !sameShape(type.shape, types[i]!.shape))
      fail(`gives '${name}' the type ${showType(type)} where ${primitive.name} gives ${showType(types[i]!)}`)
}
