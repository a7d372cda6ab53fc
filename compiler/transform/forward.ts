import type { Builder } from '../ir/builder.ts'
import type { Equation, Graph, Value } from '../ir/graph.ts'
import { type ForwardTogether, isFloat } from '../ir/primitive.ts'
import { derive, ruleOf } from './derive.ts'
import { expectLike } from './like.ts'

export interface Jvp {
  readonly outputs: readonly Value[]
  /** Undefined: zero, as of every output that is not a float. */
  readonly tangents: readonly (Value | undefined)[]
}

/**
 * Forward-mode differentiation: inlines `graph` at `args` and carries the tangents of its inputs (undefined: zero) to
 * its outputs. Values from an enclosing trace are constants. Throws where a tangent has to pass through a primitive
 * that has no derivative.
 */
export function jvp(b: Builder, graph: Graph, args: readonly Value[], tangents: readonly (Value | undefined)[]): Jvp {
  expectLike(`jvp of ${graph.name}: arguments`, args, graph.inputs)
  const carried = new Tangents(graph, tangents)
  const became = new Map<Value, Value>(graph.inputs.map((input, i) => [input, args[i]!]))
  const now = (value: Value): Value => became.get(value) ?? value
  for (const was of graph.equations) {
    const inputs = was.inputs.map(now)
    const given = carried.into(was)
    const rule = was.primitive.forward
    const outputs = given && isTogether(rule) ? carried.together(b, was, inputs, given, rule) : b.repeat(was, inputs)
    for (const [i, output] of was.outputs.entries()) became.set(output, outputs[i]!)
    if (given && !isTogether(rule)) carried.through(b, was, { inputs, outputs }, given, rule)
  }
  return { outputs: graph.outputs.map(now), tangents: carried.of(graph.outputs) }
}

export interface Linearized {
  readonly outputs: readonly Value[]
  /**
   * Appends the equations of the derivative at the point, to the same builder unless another is given: from tangents of
   * the inputs to those of the outputs.
   */
  readonly push: (tangents: readonly (Value | undefined)[], to?: Builder) => readonly (Value | undefined)[]
}

/**
 * The outputs of a graph at `args`, and its derivative there as a linear map that may be applied many times: what does
 * not depend on the tangents is computed once.
 */
export function linearize(b: Builder, graph: Graph, args: readonly Value[]): Linearized {
  expectLike(`linearize of ${graph.name}: arguments`, args, graph.inputs)
  const became = new Map<Value, Value>(graph.inputs.map((input, i) => [input, args[i]!]))
  const now = (value: Value): Value => became.get(value) ?? value
  const run = graph.equations.map((was) => {
    const inputs = was.inputs.map(now)
    const outputs = b.repeat(was, inputs)
    for (const [i, output] of was.outputs.entries()) became.set(output, outputs[i]!)
    return { was, now: { inputs, outputs } }
  })
  const push: Linearized['push'] = (tangents, to = b) => {
    const carried = new Tangents(graph, tangents)
    for (const { was, now } of run) {
      const given = carried.into(was)
      const rule = was.primitive.forward
      if (!given) continue
      if (isTogether(rule)) carried.together(to, was, now.inputs, given, rule)
      else carried.through(to, was, now, given, rule)
    }
    return carried.of(graph.outputs)
  }
  return { outputs: graph.outputs.map(now), push }
}

type Given = readonly (Value | undefined)[]
type Together = ForwardTogether<Equation['params']>
const isTogether = (rule: Equation['primitive']['forward']): rule is Together =>
  typeof rule === 'object' && 'together' in rule

/** The tangents of a graph's values, as far as they have been carried. */
class Tangents {
  readonly #carried = new Map<Value, Value>()

  constructor(graph: Graph, tangents: Given) {
    expectLike(`jvp of ${graph.name}: tangents`, tangents, graph.inputs)
    this.#keep(graph.inputs, tangents)
  }

  of(values: readonly Value[]): Given {
    return values.map((value) => this.#carried.get(value))
  }

  /** The tangents of an equation's inputs; undefined where none passes through it. */
  into({ inputs, outputs }: Equation): Given | undefined {
    const given = this.of(inputs)
    return given.some(Boolean) && outputs.some((output) => isFloat(output.type.dtype)) ? given : undefined
  }

  through(
    b: Builder,
    was: Equation,
    now: { inputs: readonly Value[]; outputs: readonly Value[] },
    given: Given,
    rule: Exclude<Equation['primitive']['forward'], Together>,
  ): void {
    const names = was.outputs.map((output) => `t_${output.name}`)
    const results = derive(b, was.source, names, (made) =>
      ruleOf('derivative', rule, was)(made, { ...now, params: was.params, tangents: given }),
    )
    this.#keep(was.outputs, results)
  }

  /** The same by a rule that computes the outputs again, which are returned. */
  together(b: Builder, was: Equation, inputs: readonly Value[], given: Given, rule: Together): readonly Value[] {
    const names = was.outputs.map((output) => output.name)
    const all = derive(b, was.source, [...names, ...names.map((name) => `t_${name}`)], (made) => {
      const run = rule.together(made, { inputs, params: was.params, tangents: given })
      return [...run.outputs, ...run.tangents]
    })
    this.#keep(was.outputs, all.slice(names.length))
    return all.slice(0, names.length) as readonly Value[]
  }

  #keep(values: readonly Value[], tangents: Given): void {
    for (const [i, value] of values.entries())
      if (tangents[i] && isFloat(value.type.dtype)) this.#carried.set(value, tangents[i])
  }
}
