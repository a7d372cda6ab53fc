import { type Equation, type Graph, sizeOf, type Type, type Value } from '../ir/graph.ts'
import { whereFrom } from '../ir/source.ts'
import type { Expr, Variable } from '../kernel/expr.ts'
import type { Scalars } from '../kernel/scalars.ts'

/** The element of a value at an index, as an expression. */
export type Element = (value: Value, index: readonly Expr[]) => Expr

/**
 * Writes the element of any value as one expression: chains of map and index equations are followed back, a reduction
 * or contraction becomes a `Reduce`, and the values that `load` knows are read from memory.
 */
export function elements(
  s: Scalars,
  producers: ReadonlyMap<Value, Equation>,
  load: (value: Value, index: readonly Expr[]) => Expr | undefined,
): Element {
  // One expression for each element that is asked for, so that equal reductions keep equal loop indices.
  const known = new Map<Equation, Map<string, readonly Expr[]>>()

  const element: Element = (value, index) => {
    const loaded = load(value, index)
    if (loaded) return loaded
    const equation = producers.get(value)
    if (!equation) throw new Error(`fuse: ${value.name} is neither in memory nor computed`)
    const at = index.map(({ id }) => id).join()
    const of = known.get(equation) ?? new Map<string, readonly Expr[]>()
    known.set(equation, of)
    let results = of.get(at)
    if (!results) {
      results = compute(equation, index)
      of.set(at, results)
      for (const [i, result] of results.entries()) {
        const name = equation.outputs[i]!.name
        s.originate(result, { name, source: equation.source })
      }
    }
    return results[equation.outputs.indexOf(value)]!
  }

  const compute = (
    { primitive, params, inputs, outputs, source }: Equation,
    index: readonly Expr[],
  ): readonly Expr[] => {
    const { lower } = primitive
    switch (lower.kind) {
      case 'map':
        return lower.scalar(
          s,
          inputs.map((input) => element(input, index)),
          { params, outputs: outputs.map((output) => output.type) },
        )
      case 'index': {
        const types = inputs.map((input) => input.type)
        const read = (input: number, at: readonly Expr[]) => element(inputs[input]!, at)
        return [lower.element(s, index, read, { params, inputs: types, output: outputs[0]!.type })]
      }
      case 'reduce': {
        const input = inputs[0]!
        const axes = lower.axes(params)
        const over = axes.map((axis) => s.over('k', input.type.shape[axis]!))
        const kept = [...index]
        const at = input.type.shape.map((_, axis) => (axes.includes(axis) ? over[axes.indexOf(axis)]! : kept.shift()!))
        return [s.reduce(lower.op, over.filter(isVariable), element(input, at))]
      }
      case 'contract': {
        const { batch, contract } = lower.dims(params)
        const [a, b] = inputs.map((input) => input.type) as [Type, Type]
        const over = contract.map(([axis]) => s.over('k', a.shape[axis]!))
        const rest = [...index]
        const shared = batch.map(() => rest.shift()!)
        const operand = (type: Type, side: 0 | 1) =>
          type.shape.map((_, axis) => {
            const inBatch = batch.findIndex((pair) => pair[side] === axis)
            if (inBatch >= 0) return shared[inBatch]!
            const inContract = contract.findIndex((pair) => pair[side] === axis)
            return inContract >= 0 ? over[inContract]! : rest.shift()!
          })
        const [left, right] = [operand(a, 0), operand(b, 1)]
        return [s.reduce('add', over.filter(isVariable), s.mul(element(inputs[0]!, left), element(inputs[1]!, right)))]
      }
      case 'rewrite':
      case 'control':
        throw new Error(`fuse: ${primitive.name} has no loop of its own${whereFrom(source)}`)
    }
  }
  return element
}

export const isVariable = (expr: Expr): expr is Variable => expr.kind === 'variable'

/** The position of an index in a row-major tensor. */
export const flatten = (s: Scalars, shape: readonly number[], index: readonly Expr[]): Expr => {
  let flat = s.index(0)
  let step = sizeOf(shape)
  for (const [axis, i] of index.entries()) {
    step = shape[axis] === 0 ? 0 : step / shape[axis]!
    flat = s.add(flat, s.mul(i, s.index(step)))
  }
  return flat
}

export const producersOf = (graph: Graph): ReadonlyMap<Value, Equation> =>
  new Map(graph.equations.flatMap((equation) => equation.outputs.map((output) => [output, equation] as const)))
