import { Builder } from '../ir/builder.ts'
import { type Equation, type Graph, mapGraphs, type Params, type Source, sizeOf, type Value } from '../ir/graph.ts'
import type { Primitive } from '../ir/primitive.ts'
import { constant } from '../ir/primitives/index.ts'
import { neededIn } from './control/prune.ts'
import { algebra } from './simplify/algebra.ts'
import { folded } from './simplify/fold.ts'
import { Identity } from './simplify/identity.ts'
import { layout } from './simplify/layout.ts'
import { reductions } from './simplify/reductions.ts'
import { repeats, repeatsOf } from './simplify/repeats.ts'
import { type Rewrite, type Site, splatOf } from './simplify/rewrite.ts'
import { windows } from './simplify/windows.ts'

/**
 * The same graph with less to do: what nothing needs is gone, what is computed twice is computed once, what the
 * compiler can compute is a constant, and moves of elements are joined. No value changes beyond rounding. Inputs stay
 * as they are; an equation that takes the place of several keeps the name and source of the first.
 */
export function simplify(graph: Graph): Graph {
  for (let now = withoutDead(graph); ; ) {
    const { graph: next, rewritten } = pass(now)
    // With fewer equations some values have fewer readers, for which a rewrite may wait.
    if (!rewritten && next.equations.length === now.equations.length) return withoutDead(withinSimplified(next))
    now = next
  }
}

/** With the graphs that its equations run simplified too. */
function withinSimplified(graph: Graph): Graph {
  const equations = graph.equations.map((equation) => {
    const params = mapGraphs(equation.params, simplify)
    return params === equation.params ? equation : { ...equation, params }
  })
  return { ...graph, equations }
}

const rewrites = [...algebra, ...layout, ...reductions, ...repeats, ...windows]
const known = new Map<Primitive, readonly Rewrite[]>()

function rewritesOf(primitive: Primitive): readonly Rewrite[] {
  const found = known.get(primitive) ?? [
    ...rewrites.filter((rewrite) => rewrite.primitive === primitive),
    ...repeatsOf(primitive),
  ]
  known.set(primitive, found)
  return found
}

/** Appends every equation again, rewritten; `rewritten` says whether another pass could find more. */
function pass(graph: Graph): { graph: Graph; rewritten: boolean } {
  const b = new Builder()
  b.inputs.push(...graph.inputs)
  const identity = new Identity()
  const made = new Map<string, readonly Value[]>()
  const makers = new Map<Value, Equation>()
  const readers = countReaders(graph)
  const became = new Map<Value, Value>()
  const readersNow = new Map<Value, number>()
  let rewritten = false

  // An equation pairs a primitive with params of its own kind, so that knowing the one tells the other.
  const madeBy = ((primitive: Primitive, value: Value) => {
    const equation = makers.get(value)
    return equation?.primitive === primitive ? equation : undefined
  }) as unknown as Site['madeBy']

  const append = (
    primitive: Primitive,
    inputs: readonly Value[],
    params: Params,
    names: readonly string[],
    source: Source | undefined,
  ): readonly Value[] => {
    const types = primitive.type(
      inputs.map((input) => input.type),
      params,
    )
    const emit: Site['emit'] = (other, from, using, name = names[0]!) =>
      append(other as unknown as Primitive, from, using, [name], source)[0]!
    const fill = (numbers: readonly number[]) =>
      types.map(
        ({ shape, dtype }, i) =>
          append(constant as unknown as Primitive, [], { value: numbers[i]!, shape, dtype }, [names[i]!], source)[0]!,
      )
    const numbers =
      inputs.length > 0 && types.every(({ shape }) => sizeOf(shape) === 0)
        ? types.map(() => 0)
        : folded(
            { primitive, params },
            inputs.map((input) => input.type),
            inputs.map((input) => splatOf({ madeBy }, input)),
            types,
          )
    rewritten ||= numbers !== undefined
    if (numbers) return fill(numbers)
    const site: Site = {
      inputs,
      params,
      type: types[0]!,
      madeBy,
      readByOne: (value) => (readersNow.get(value) ?? 0) <= 1,
      emit,
    }
    for (const { apply } of rewritesOf(primitive)) {
      const instead = apply(site)
      rewritten ||= instead !== undefined
      if (instead) return [instead]
    }
    const key = identity.of(primitive, inputs, params)
    const known = made.get(key)
    if (known) return known
    const outputs = types.map((type, i) => ({ type, name: names[i]! }))
    const equation = { primitive, params, inputs, outputs, source }
    b.equations.push(equation)
    made.set(key, outputs)
    for (const output of outputs) makers.set(output, equation)
    return outputs
  }

  const now = (value: Value): Value => became.get(value) ?? value
  for (const { primitive, params, inputs, outputs, source } of graph.equations) {
    const names = outputs.map((output) => output.name)
    const results = append(primitive, inputs.map(now), params, names, source)
    for (const [i, output] of outputs.entries()) {
      const result = results[i]!
      became.set(output, result)
      readersNow.set(result, (readersNow.get(result) ?? 0) + (readers.get(output) ?? 0))
    }
  }
  return { graph: withoutDead(b.graph(graph.name, graph.outputs.map(now))), rewritten }
}

function countReaders(graph: Graph): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>()
  for (const value of [...graph.equations.flatMap((equation) => equation.inputs), ...graph.outputs])
    counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** Without the equations that no output needs, and what the graphs that they run compute for nobody. */
const withoutDead = (graph: Graph): Graph => ({ ...graph, equations: neededIn(graph).equations })
