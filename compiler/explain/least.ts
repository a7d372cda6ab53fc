import { type Equation, type Graph, graphsIn, sizeOf, type Value } from '../ir/graph.ts'

/**
 * The products of values that the inputs decide. Of constants, such as the one-hot rows of indices that are known, what
 * is computed may be known before anything runs.
 */
function productsOf({ inputs, equations }: Graph): ReadonlySet<Equation> {
  const decided = new Set<Value>(inputs)
  const products = new Set<Equation>()
  for (const equation of equations) {
    const { primitive, inputs, outputs } = equation
    if (inputs.some((input) => decided.has(input))) for (const output of outputs) decided.add(output)
    const isWhole = inputs.every((input) => decided.has(input) && sizeOf(input.type.shape) > 0)
    if (primitive.lower.kind === 'contract' && isWhole) products.add(equation)
  }
  return products
}

/** The longest chain of products that need each other, with those of the graphs that equations run. */
export function longestChainOfProducts(graph: Graph): number {
  const products = productsOf(graph)
  const chains = new Map<Value, number>()
  let longest = 0
  for (const equation of graph.equations) {
    const before = equation.inputs.reduce((most, input) => Math.max(most, chains.get(input) ?? 0), 0)
    const within = graphsIn(equation.params).reduce(
      (most, [, inner]) => Math.max(most, longestChainOfProducts(inner)),
      0,
    )
    const here = before + (products.has(equation) ? 1 : within)
    for (const output of equation.outputs) chains.set(output, here)
    longest = Math.max(longest, here)
  }
  return longest
}

/**
 * What must pass through memory between products, in bytes: from each to the next ones all of it goes through some
 * values on the way, of which at least the smallest is written and read; one that leaves the graph is written anyway.
 * Products with a value on their ways in common may share it, so of those only the first counts. A scan's body counts
 * in each turn.
 */
export function leastBetweenProducts(graph: Graph): number {
  const products = productsOf(graph)
  const onward = leadsToProduct(graph, products)
  const leaving = new Set(graph.outputs)
  const taken = new Set<Value>()
  let bytes = 0
  for (const [i, equation] of graph.equations.entries()) {
    bytes += betweenProductsOfTurns(equation)
    if (!products.has(equation)) continue
    const way = wayFrom(graph, i, onward, products)
    if (way.length === 0 || way.some((value) => taken.has(value))) continue
    for (const value of way) taken.add(value)
    bytes += Math.min(...way.map((value) => (leaving.has(value) ? 1 : 2) * bytesOf(value)))
  }
  return bytes
}

/** Of a loop with so many turns; how many one has that ends on a condition is not known. */
function betweenProductsOfTurns({ primitive: { lower }, params, inputs }: Equation): number {
  if (lower.kind !== 'control' || typeof lower.turns !== 'function') return 0
  const { body, times, condition } = lower.turns(params, inputs)
  return condition ? 0 : times * leastBetweenProducts(body)
}

const bytesOf = ({ type }: Value): number => sizeOf(type.shape) * (type.dtype === 'f16' ? 2 : 4)

/** The values that a product, or a loop, needs. */
function leadsToProduct(graph: Graph, products: ReadonlySet<Equation>): ReadonlySet<Value> {
  const leads = new Set<Value>()
  for (const equation of graph.equations.toReversed())
    if (products.has(equation) || equation.outputs.some((output) => leads.has(output)))
      for (const input of equation.inputs) leads.add(input)
  return leads
}

/** The values from a product up to those that come after it, and only those that lead there. */
function wayFrom(
  graph: Graph,
  from: number,
  onward: ReadonlySet<Value>,
  products: ReadonlySet<Equation>,
): readonly Value[] {
  const way = new Set(graph.equations[from]!.outputs.filter((output) => onward.has(output)))
  for (const equation of graph.equations.slice(from + 1)) {
    if (products.has(equation) || !equation.inputs.some((input) => way.has(input))) continue
    for (const output of equation.outputs) if (onward.has(output)) way.add(output)
  }
  return [...way]
}
