import { type Equation, type Graph, sameShape, sizeOf, type Value } from '../ir/graph.ts'
import { producersOf } from './element.ts'

/** Operations an element that are rather done again than stored and read back ... */
const worthRepeating = 32
/** ... as they are, whatever an element costs, where all of them together are fewer than this. */
const worthRepeatingInAll = 2 ** 18
/** The limit for values of a few elements, in operations: a loop computes them before it starts, and storing them could cost a kernel. */
const worthRepeatingSmall = 2000
const small = 16
/** How many neighbours share an operand's element in a tile of a contraction. */
const tile = 8
/** The longest chain of equations that one expression is made of. */
export const longestChain = 200
/** The most equations that it is made of, counted as often as they are used. */
const largestExpression = 2000

/**
 * Chooses the values that get memory; all others are computed inside the loops of what consumes them.
 *
 * - What leaves the graph.
 * - The end of what can follow a reduction or contraction in its own loop (bias, activation): nothing else could compute it without doing the sum
 *   again. A sum that only another sum consumes stays inside that one.
 * - Values that would otherwise be computed many times over, as operands of a contraction or in several nests, where that is more work than storing them.
 * - What goes into a loop and comes out of it.
 * - A value here and there in chains that would be too long for one expression.
 */
export function storedValues(graph: Graph): ReadonlySet<Value> {
  const producers = producersOf(graph)
  const consumers = consumersOf(graph)
  const outputs = new Set(graph.outputs.filter((output) => producers.has(output)))
  const needed = new Set(outputs)
  for (const equation of graph.equations) {
    if (isLoop(equation)) {
      for (const input of equation.inputs) if (producers.has(input)) needed.add(input)
      for (const output of equation.outputs) needed.add(output)
    }
    if (!isAnchor(equation)) continue
    for (const output of equation.outputs) {
      const end = endOfChain(graph, output, consumers, outputs)
      const next = consumers.get(end) ?? []
      const within = kindOf(equation) === 'reduce' && next.length === 1 && kindOf(next[0]!) === 'reduce'
      if (next.length > 0 && !within) needed.add(end)
    }
  }
  // What a value costs depends on what before it is stored, and how often it is computed on what is stored after it: a first choice, then one that knows the first.
  const first = withRepeated(graph, needed, consumers, workOf(graph, needed))
  const second = withRepeated(graph, needed, consumers, workOf(graph, first))
  return withShortChains(graph, second)
}

export const kindOf = (equation: Equation) => equation.primitive.lower.kind
export const isAnchor = (equation: Equation): boolean =>
  kindOf(equation) === 'reduce' || kindOf(equation) === 'contract'
export const isLoop = (equation: Equation): boolean => kindOf(equation) === 'control'

type Consumers = ReadonlyMap<Value, readonly Equation[]>

function consumersOf(graph: Graph): Consumers {
  const consumers = new Map<Value, Equation[]>()
  for (const equation of graph.equations) {
    for (const input of new Set(equation.inputs)) {
      const known = consumers.get(input)
      if (known) known.push(equation)
      else consumers.set(input, [equation])
    }
  }
  return consumers
}

/**
 * Follows a value through the elementwise equations that consume it to the last value through which all that depends on it goes: bias and activation
 * after a product, and an activation's derivative although it uses the product twice. On the way to what leaves the graph it also follows elements to other places among the same axes, such as the
 * transpose of a gradient: there they get memory anyway.
 */
function endOfChain(graph: Graph, start: Value, consumers: Consumers, outputs: ReadonlySet<Value>): Value {
  const usesOf = (value: Value) => (consumers.get(value) ?? []).length
  const open = new Map([[start, usesOf(start)]])
  let end = start
  let unmoved: Value | undefined
  for (const equation of graph.equations) {
    const used = new Set(equation.inputs.filter((input) => open.has(input)))
    if (used.size === 0) continue
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

/** Whether an equation gives elements other places, each at most one, without joining or splitting axes: what was computed along an axis can be as well after it. */
function keepsAxes({ primitive, inputs, outputs }: Equation): boolean {
  if (moves.has(primitive.name)) return true
  const long = (value: Value) => value.type.shape.filter((size) => size !== 1)
  return primitive.name === 'reshape' && sameShape(long(inputs[0]!), long(outputs[0]!))
}
const moves: ReadonlySet<string> = new Set(['transpose', 'slice', 'flip'])

/** Operations and loads behind one element of each value, of what is not stored; what is used twice counts twice. */
function workOf(graph: Graph, stored: ReadonlySet<Value>): ReadonlyMap<Value, number> {
  const work = new Map<Value, number>()
  const most = 2 ** 40
  for (const equation of graph.equations) {
    const { inputs, outputs, params, primitive } = equation
    const below = inputs.reduce((sum, input) => sum + (stored.has(input) ? 1 : (work.get(input) ?? 1)), 0)
    for (const output of outputs) {
      // A sum is computed once where it stands, whoever needs it.
      if (isAnchor(equation) || isLoop(equation)) {
        work.set(output, 1)
        continue
      }
      const types = [inputs, outputs].map((values) => values.map((value) => value.type))
      const own = primitive.cost(types[0]!, types[1]!, params) / Math.max(1, sizeOf(output.type.shape))
      const { lower } = primitive
      const least = lower.kind === 'map' ? (lower.expensive ? 8 : 1) : 0
      work.set(output, Math.min(most, below + (lower.kind === 'map' ? Math.max(least, own) : 0)))
    }
  }
  return work
}

/** `needed`, and those elementwise values that are too much work to do as often as they are used. */
function withRepeated(
  graph: Graph,
  needed: ReadonlySet<Value>,
  consumers: Consumers,
  work: ReadonlyMap<Value, number>,
): ReadonlySet<Value> {
  const stored = new Set(needed)
  const times = new Map<Value, ReadonlyMap<unknown, number>>()
  for (const equation of [...graph.equations].reverse()) {
    for (const output of equation.outputs) {
      const often = timesComputed(output, consumers, stored, times)
      times.set(output, often)
      if (kindOf(equation) !== 'map' || stored.has(output)) continue
      let total = 0
      for (const factor of often.values()) total += factor
      // Read back, an element is a load.
      const repeated = (total - 1) * (work.get(output)! - 1)
      const size = sizeOf(output.type.shape)
      const many = size <= small ? worthRepeatingSmall : Math.max(worthRepeating, worthRepeatingInAll / size)
      if (repeated > many) stored.add(output)
    }
  }
  return stored
}

/** How often an element of a value is computed, for each sum or stored value that needs it; what comes after it has been decided. */
function timesComputed(
  value: Value,
  consumers: Consumers,
  stored: ReadonlySet<Value>,
  known: ReadonlyMap<Value, ReadonlyMap<unknown, number>>,
): ReadonlyMap<unknown, number> {
  const times = new Map<unknown, number>()
  const add = (sink: unknown, factor: number) => times.set(sink, Math.max(times.get(sink) ?? 0, factor))
  for (const equation of consumers.get(value) ?? []) {
    const factor = spread(equation, value)
    if (isAnchor(equation)) add(equation, factor)
    else
      for (const output of equation.outputs) {
        if (stored.has(output)) add(output, factor)
        else for (const [sink, further] of known.get(output)!) add(sink, factor * further)
      }
  }
  return times
}

/** How many elements of the result each element of an operand is computed for. A broadcast scalar is computed before the loop. */
function spread(equation: Equation, operand: Value): number {
  const size = sizeOf(operand.type.shape)
  const result = sizeOf(equation.outputs[0]!.type.shape)
  if (size <= 1) return 1
  const { lower } = equation.primitive
  if (lower.kind === 'index') return Math.max(1, result / size)
  if (lower.kind !== 'contract') return 1
  const { contract } = lower.dims(equation.params)
  const contracted = contract.reduce((n, [a]) => n * equation.inputs[0]!.type.shape[a]!, 1)
  return Math.max(1, (result * contracted) / size / tile)
}

/** The same, with values stored where an expression would become too long a chain, or too large: a move to several places copies what it moves. */
function withShortChains(graph: Graph, chosen: ReadonlySet<Value>): ReadonlySet<Value> {
  const stored = new Set(chosen)
  const chains = new Map<Value, number>()
  const sizes = new Map<Value, number>()
  for (const { inputs, outputs } of graph.equations) {
    const computed = inputs.filter((input) => !stored.has(input))
    const chain = computed.reduce((n, input) => Math.max(n, chains.get(input) ?? 0), 0) + 1
    const size = computed.reduce((n, input) => n + (sizes.get(input) ?? 0), 0) + 1
    for (const output of outputs) {
      chains.set(output, chain)
      sizes.set(output, size)
      if (chain >= longestChain || size >= largestExpression) stored.add(output)
    }
  }
  return stored
}
