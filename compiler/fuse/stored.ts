import { type Equation, type Graph, sizeOf, type Value } from '../ir/graph.ts'
import { producersOf } from './element.ts'

/** Work, in rough operations an element, that is done again rather than stored and read back. */
const worthRepeating = 32
/** The same for values of a few elements: a loop computes them once, before it starts, and storing them could cost a kernel. */
const worthRepeatingSmall = 2000
const small = 16

/**
 * Chooses the values that get memory; all others are computed inside the loops of what consumes them.
 *
 * - What leaves the graph.
 * - The end of what can follow a reduction or contraction in its own loop (bias, activation): nothing else could compute it without doing the sum
 *   again. A sum that only another sum consumes stays inside that one.
 * - Expensive values (random bits, exponentials) that would otherwise be computed many times over, as operands of a contraction or in several kernels, at the last point before they spread.
 */
export function storedValues(graph: Graph): ReadonlySet<Value> {
  const producers = producersOf(graph)
  const consumers = consumersOf(graph)
  const outputs = new Set(graph.outputs.filter((output) => producers.has(output)))
  const stored = new Set(outputs)

  for (const equation of graph.equations) {
    if (!isAnchor(equation)) continue
    for (const output of equation.outputs) {
      const end = endOfChain(graph, output, consumers, outputs)
      const next = consumers.get(end) ?? []
      const within = equation.primitive.lower.kind === 'reduce' && next.length === 1 && kindOf(next[0]!) === 'reduce'
      if (next.length > 0 && !within) stored.add(end)
    }
  }

  const chosen: Value[] = []
  for (const equation of [...graph.equations].reverse()) {
    if (kindOf(equation) !== 'map') continue
    for (const output of equation.outputs) {
      if (stored.has(output) || !isWorthStoring(output, producers, consumers, stored)) continue
      stored.add(output)
      chosen.push(output)
    }
  }
  // What was chosen while its operands were still to be computed again may have become cheap by their being stored.
  for (const value of chosen.reverse()) {
    stored.delete(value)
    if (isWorthStoring(value, producers, consumers, stored)) stored.add(value)
  }
  return stored
}

export const kindOf = (equation: Equation) => equation.primitive.lower.kind
export const isAnchor = (equation: Equation): boolean =>
  kindOf(equation) === 'reduce' || kindOf(equation) === 'contract'

function consumersOf(graph: Graph): ReadonlyMap<Value, readonly Equation[]> {
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
 * after a product, and an activation's derivative although it uses the product twice.
 */
function endOfChain(
  graph: Graph,
  start: Value,
  consumers: ReadonlyMap<Value, readonly Equation[]>,
  outputs: ReadonlySet<Value>,
): Value {
  const usesOf = (value: Value) => (consumers.get(value) ?? []).length
  const open = new Map([[start, usesOf(start)]])
  let end = start
  for (const equation of graph.equations) {
    const used = new Set(equation.inputs.filter((input) => open.has(input)))
    if (used.size === 0) continue
    if (kindOf(equation) !== 'map' || equation.outputs.length !== 1 || [...used].some((input) => outputs.has(input)))
      break
    for (const input of used) {
      const left = open.get(input)! - 1
      if (left === 0) open.delete(input)
      else open.set(input, left)
    }
    const output = equation.outputs[0]!
    if (usesOf(output) > 0 || outputs.has(output)) open.set(output, usesOf(output))
    if (open.size === 1 && open.has(output)) end = output
  }
  return end
}

function isWorthStoring(
  value: Value,
  producers: ReadonlyMap<Value, Equation>,
  consumers: ReadonlyMap<Value, readonly Equation[]>,
  stored: ReadonlySet<Value>,
): boolean {
  const work = repeatedWork(value, producers, stored)
  if (work === 0) return false
  let times = 0
  for (const factor of timesComputed(value, consumers, stored).values()) times += factor
  return (times - 1) * work > (sizeOf(value.type.shape) <= small ? worthRepeatingSmall : worthRepeating)
}

/** Operations of the expensive equations behind one element of an unstored value, each counted once; cheap ones are free. */
function repeatedWork(
  value: Value,
  producers: ReadonlyMap<Value, Equation>,
  stored: ReadonlySet<Value>,
  seen = new Set<Equation>(),
): number {
  const equation = producers.get(value)
  if (!equation || seen.has(equation) || isAnchor(equation)) return 0
  seen.add(equation)
  const { lower, cost } = equation.primitive
  let work = 0
  if (lower.kind === 'map' && lower.expensive) {
    const inputs = equation.inputs.map((input) => input.type)
    const outputs = equation.outputs.map((output) => output.type)
    work = Math.max(8, cost(inputs, outputs, equation.params) / Math.max(1, sizeOf(value.type.shape)))
  }
  for (const input of equation.inputs) if (!stored.has(input)) work += repeatedWork(input, producers, stored, seen)
  return work
}

/** How often an element of `value` is computed for each kernel result that needs it. */
function timesComputed(
  value: Value,
  consumers: ReadonlyMap<Value, readonly Equation[]>,
  stored: ReadonlySet<Value>,
  known = new Map<Value, ReadonlyMap<unknown, number>>(),
): ReadonlyMap<unknown, number> {
  const done = known.get(value)
  if (done) return done
  const times = new Map<unknown, number>()
  const add = (sink: unknown, factor: number) => times.set(sink, Math.max(times.get(sink) ?? 0, factor))
  for (const equation of consumers.get(value) ?? []) {
    const factor = spread(equation, value)
    if (isAnchor(equation)) add(equation, factor)
    else
      for (const output of equation.outputs) {
        if (stored.has(output)) add(output, factor)
        else for (const [sink, further] of timesComputed(output, consumers, stored, known)) add(sink, factor * further)
      }
  }
  known.set(value, times)
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
  const contracted = lower.dims(equation.params).contract.reduce((n, [a]) => n * equation.inputs[0]!.type.shape[a]!, 1)
  return Math.max(1, (result * contracted) / size)
}
