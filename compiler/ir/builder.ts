import type { Equation, Graph, Params, Source, Type, Value } from './graph.ts'
import type { Primitive } from './primitive.ts'

/** Appends equations to a graph under construction: the one way in which the tracer and every pass make them. */
export class Builder {
  readonly inputs: Value[] = []
  readonly equations: Equation[] = []
  /** What the next equations are attributed to. */
  source: Source | undefined

  /** A new input of the graph. */
  input(type: Type, name: string): Value {
    const value = { type, name }
    this.inputs.push(value)
    return value
  }

  /** Applies a primitive and gives all of its outputs. */
  emitAll<P extends Params>(
    primitive: Primitive<P>,
    inputs: readonly Value[],
    params: P,
    name = primitive.name,
  ): readonly Value[] {
    const types = primitive.type(
      inputs.map((input) => input.type),
      params,
    )
    const outputs = types.map((type) => ({ type, name }))
    // An equation pairs a primitive with params of its own kind; only here is that pairing made, and only the record
    // itself reads them again.
    const erased = primitive as unknown as Primitive
    this.equations.push({ primitive: erased, params, inputs, outputs, source: this.source })
    return outputs
  }

  /** Applies a primitive that has one output. */
  emit<P extends Params>(primitive: Primitive<P>, inputs: readonly Value[], params: P, name?: string): Value {
    return this.emitAll(primitive, inputs, params, name)[0]!
  }

  /** Appends an equation of another graph with other inputs, and gives its new outputs. */
  repeat(equation: Equation, inputs: readonly Value[]): readonly Value[] {
    const outputs = equation.outputs.map((output) => ({ ...output }))
    this.equations.push({ ...equation, inputs, outputs, source: equation.source ?? this.source })
    return outputs
  }

  /** Appends all equations of `graph` with its inputs replaced, and gives what its outputs became. */
  inline(graph: Graph, args: readonly Value[]): readonly Value[] {
    const became = new Map<Value, Value>(graph.inputs.map((input, i) => [input, args[i]!]))
    const now = (value: Value): Value => became.get(value) ?? value
    for (const equation of graph.equations) {
      const outputs = this.repeat(equation, equation.inputs.map(now))
      for (const [i, output] of equation.outputs.entries()) became.set(output, outputs[i]!)
    }
    return graph.outputs.map(now)
  }

  /** Runs `body` with equations attributed to `source`. */
  from<T>(source: Source | undefined, body: () => T): T {
    const before = this.source
    this.source = source ?? before
    try {
      return body()
    } finally {
      this.source = before
    }
  }

  graph(name: string, outputs: readonly Value[]): Graph {
    return { name, inputs: this.inputs, equations: this.equations, outputs }
  }
}
