import { Builder } from '../../compiler/ir/builder.ts'
import type { DType, Equation, Graph, Type, Value } from '../../compiler/ir/graph.ts'
import type { Dense } from '../../compiler/ir/primitive.ts'
import * as p from '../../compiler/ir/primitives/index.ts'
import type { Random } from './transform/random-graph.ts'

/**
 * The same graph with some of its inputs, equations and outputs in half precision, and casts between what is and what
 * is not.
 */
export function withHalves(random: Random, graph: Graph): Graph {
  const b = new Builder()
  const singles = new Map<Value, Value>()
  const halves = new Map<Value, Value>()
  const as = (dtype: DType, value: Value) => b.emit(p.cast, [value], { dtype })
  const single = (value: Value): Value => {
    const known = singles.get(value) ?? as('f32', halves.get(value)!)
    singles.set(value, known)
    return known
  }
  const half = (value: Value): Value => {
    const known = halves.get(value) ?? as('f16', singles.get(value)!)
    halves.set(value, known)
    return known
  }
  for (const input of graph.inputs) {
    const type = random() < 0.4 ? halfType(input.type) : input.type
    const known = type.dtype === 'f16' ? halves : singles
    known.set(input, b.input(type, input.name))
  }
  for (const equation of graph.equations) {
    const inHalf = random() < 0.4 && isOfFloats(equation)
    const made = b.repeat(
      inHalf ? { ...equation, outputs: equation.outputs.map(halfOf) } : equation,
      equation.inputs.map((input) => (inHalf && input.type.dtype === 'f32' ? half(input) : single(input))),
    )
    for (const [i, output] of equation.outputs.entries())
      if (made[i]!.type.dtype === 'f16') halves.set(output, made[i]!)
      else singles.set(output, made[i]!)
  }
  const outputs = graph.outputs.map((output) =>
    output.type.dtype === 'f32' && random() < 0.5 ? half(output) : single(output),
  )
  return b.graph(`${graph.name} with halves`, outputs)
}

/** Whether an equation computes floats of floats, and would compute halves of halves. */
function isOfFloats({ primitive, params, inputs, outputs }: Equation): boolean {
  const floats = [...inputs, ...outputs].filter(({ type }) => type.dtype === 'f32')
  if (inputs.length === 0 || floats.length === 0 || !outputs.every(({ type }) => type.dtype === 'f32')) return false
  try {
    const types = primitive.type(
      inputs.map(({ type }) => halfType(type)),
      params,
    )
    return types.every(({ dtype }) => dtype === 'f16')
  } catch {
    return false
  }
}

const halfType = (type: Type): Type => (type.dtype === 'f32' ? { ...type, dtype: 'f16' } : type)
const halfOf = (value: Value): Value => ({ ...value, type: halfType(value.type) })

/** The numbers for the inputs of the one as inputs of the other. */
export const inputsFor = (graph: Graph, inputs: readonly Dense[]): readonly Dense[] =>
  graph.inputs.map(({ type }, i) => ({ ...inputs[i]!, dtype: type.dtype }))
