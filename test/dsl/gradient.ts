import { evaluate } from '../../compiler/ir/evaluate.ts'
import { type AnyTensor, f32, program, type Specs, traceProgram, valueAndGrad } from '../../dsl/index.ts'
import type { Wide } from './differences.ts'
import { evaluated, runBody, tracing } from './run.ts'

/** The elements and the shape of a body's one result. */
export function result(
  specs: Specs,
  body: (inputs: never) => unknown,
  inputs: { readonly [name: string]: ArrayLike<number> },
): { elements: number[]; dims: readonly unknown[] } {
  const { outputs } = tracing(specs, body as never)
  return {
    elements: runBody(specs, body as never, inputs) as number[],
    dims: (outputs as unknown as { dims: readonly unknown[] }).dims,
  }
}

const differentiated = valueAndGrad as unknown as (f: unknown) => (x: unknown) => unknown

/**
 * Fails unless the gradient of the sum of squares of a body's result agrees with central differences in float64, in
 * every element of every input.
 */
export function expectGradient(
  shapes: { readonly [name: string]: readonly number[] },
  body: (inputs: never) => AnyTensor,
  inputs: { readonly [name: string]: readonly number[] },
): void {
  const specs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, f32(...shape)]))
  const loss = (x: never) => (body(x) as unknown as Wide).square().sum()
  const both = program({ x: specs } as never, (({ x }: { x: never }) => differentiated(loss)(x)) as never)
  const traced = traceProgram(both as never)
  const found = evaluated(traced, { x: inputs } as never)
  const at = (values: typeof inputs) => {
    const given = Object.keys(shapes).map((name) => Float64Array.from(values[name]!))
    const dense = traced.graph.inputs.map((input, i) => ({ ...input.type, data: given[i]! }))
    return evaluate(traced.graph, dense)[0]!.data[0]!
  }
  const step = 1e-5
  for (const [name, values] of Object.entries(inputs)) {
    const gradient = found[`1.${name}`]!.data
    if (gradient.length !== values.length) throw new Error(`${name}: ${gradient.length} elements of ${values.length}`)
    for (const [i, value] of values.entries()) {
      const moved = (by: number) => at({ ...inputs, [name]: values.with(i, value + by) })
      const expected = (moved(step) - moved(-step)) / (2 * step)
      if (!(Math.abs(expected - gradient[i]!) <= 1e-6 * (1 + Math.abs(expected))))
        throw new Error(`${name}[${i}]: ${gradient[i]} is not ${expected}`)
    }
  }
}
