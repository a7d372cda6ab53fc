import type { Equation, Graph, Value } from '../ir/graph.ts'
import { mul } from '../ir/primitives/index.ts'
import { type Consumers, consumersOf, kindOf } from './consumers.ts'
import { producersOf } from './element.ts'

/** What is known of a graph. */
interface Given {
  readonly graph: Graph
  readonly consumers: Consumers
  readonly producers: ReadonlyMap<Value, Equation>
  /**
   * Values that are in memory anyway, since sums of products are made of them: those that are a product x f(x), by x.
   */
  readonly gated: ReadonlyMap<Value, Gated>
}

/** A product y = x f(x), where f(x) is expensive: a SiLU, for one. */
interface Gated {
  readonly gate: Value
  readonly product: Value
}

/**
 * The same graph with x f(x) g as y g, where y = x f(x) is in memory: so the gradient of a SiLU, d f(x) + d x f(x) (1 -
 * f(x)), is computed from the function's value and f(x), and x need not be kept for it. For machines that store f(x)
 * rather than compute it again.
 */
export function withKeptProducts(graph: Graph): Graph {
  const consumers = consumersOf(graph)
  const producers = producersOf(graph)
  const gated = gatedIn(graph, consumers, producers)
  if (gated.size === 0) return graph
  const given = { graph, consumers, producers, gated }
  const replaced = new Map<Equation, readonly Equation[]>()
  const before = new Set<Value>(graph.inputs)
  for (const equation of graph.equations) {
    const product = isProduct(equation) ? productOf(given, equation, before) : undefined
    if (product) {
      for (const inner of product.inner) replaced.set(inner, [])
      replaced.set(equation, product.instead)
    }
    for (const output of equation.outputs) before.add(output)
  }
  if (replaced.size === 0) return graph
  return { ...graph, equations: graph.equations.flatMap((equation) => replaced.get(equation) ?? [equation]) }
}

const isProduct = ({ primitive, outputs }: Equation): boolean =>
  primitive.name === mul.name && outputs[0]!.type.dtype === 'f32'

function gatedIn(
  graph: Graph,
  consumers: Consumers,
  producers: ReadonlyMap<Value, Equation>,
): ReadonlyMap<Value, Gated> {
  const gated = new Map<Value, Gated>()
  for (const equation of graph.equations) {
    if (!isProduct(equation)) continue
    const [a, b] = equation.inputs as [Value, Value]
    const product = equation.outputs[0]!
    const inMemory = (consumers.get(product) ?? []).some((consumer) => kindOf(consumer) === 'contract')
    if (!inMemory) continue
    for (const [x, gate] of [
      [a, b],
      [b, a],
    ] as const) {
      const made = producers.get(gate)
      const lower = made?.primitive.lower
      if (lower?.kind === 'map' && lower.expensive && made!.inputs.includes(x) && producers.has(x))
        gated.set(x, { gate, product })
    }
  }
  return gated
}

/**
 * The equations that compute a product from what is in memory, and those that only it needed. Undefined where it has no
 * such factors, or x is needed all the same.
 */
function productOf(
  { graph, consumers, producers, gated }: Given,
  equation: Equation,
  before: ReadonlySet<Value>,
): { readonly instead: readonly Equation[]; readonly inner: readonly Equation[] } | undefined {
  const inner: Equation[] = []
  const factors = (value: Value): readonly Value[] => {
    const made = producers.get(value)
    const alone = consumers.get(value)?.length === 1 && !graph.outputs.includes(value)
    if (!made || !isProduct(made) || !alone) return [value]
    inner.push(made)
    return made.inputs.flatMap(factors)
  }
  const all = equation.inputs.flatMap(factors)
  const x = all.find((factor) => {
    const known = gated.get(factor)
    return known && known.product !== equation.outputs[0] && all.includes(known.gate) && before.has(known.product)
  })
  if (!x) return undefined
  const { gate, product } = gated.get(x)!
  const makesProduct = new Set([producers.get(gate), producers.get(product)])
  const elsewhere = consumers.get(x)!.some((one) => one !== equation && !inner.includes(one) && !makesProduct.has(one))
  if (elsewhere || graph.outputs.includes(x)) return undefined

  const left = [...all]
  left[left.indexOf(x)] = product
  left.splice(left.indexOf(gate), 1)
  const [output] = equation.outputs as [Value]
  const instead: Equation[] = []
  const last = left.length - 1
  left.reduce((sum, factor, i) => {
    const made: Value = i === last ? output : { type: output.type, name: output.name }
    instead.push({ ...equation, inputs: [sum, factor], outputs: [made] })
    return made
  })
  return { instead, inner }
}
