import { Builder } from '../compiler/ir/builder.ts'
import { evaluate } from '../compiler/ir/evaluate.ts'
import type { Graph } from '../compiler/ir/graph.ts'
import { type Dense, isFloat } from '../compiler/ir/primitive.ts'
import { constant } from '../compiler/ir/primitives/index.ts'
import { verify } from '../compiler/ir/verify.ts'
import { jvp } from '../compiler/transform/forward.ts'
import { vjp } from '../compiler/transform/reverse.ts'
import { tracedLeaves } from '../dsl/index.ts'
import { complaint } from './array.ts'
import type { Sample } from './evaluate.ts'
import type { Moved, Probe } from './probes.ts'
import { isUnder } from './tensors.ts'

/** The float inputs at or below a path. Throws where there are none. */
export function floatsUnder({ traced }: Sample, wrt: string): readonly Moved[] {
  const leaves = tracedLeaves(traced.inputs).map(({ path, dtype }, input) => ({ path, input, dtype }))
  const found = leaves.filter(({ path, dtype }) => isUnder(path, wrt) && (dtype === 'f32' || dtype === 'f16'))
  if (found.length > 0) return found
  const has = leaves.map(({ path, dtype }) => `${path} (${dtype})`).join(', ')
  throw complaint(`type error: ${traced.name} has no float input ${wrt || 'to differentiate in'}; it takes ${has}`)
}

/** The gradients of output `of`, a scalar, in the inputs `wrt`. */
export function reverseGradient(
  { graph }: Sample['traced'],
  inputs: readonly Dense[],
  of: number,
  wrt: readonly Moved[],
) {
  const b = new Builder()
  const args = graph.inputs.map(({ type, name }) => b.input(type, name))
  const { outputs, pull } = vjp(
    b,
    graph,
    args,
    wrt.map(({ input }) => input),
  )
  const cotangents = outputs.map(({ type }, i) =>
    i === of ? b.emit(constant, [], { value: 1, shape: [], dtype: type.dtype }) : undefined,
  )
  const gradients = b.graph(`gradient of ${graph.name}`, pull(cotangents))
  verify(gradients)
  return new Map(evaluate(gradients, inputs).map(({ data }, i) => [wrt[i]!.input, data]))
}

/** The derivative of a graph along a probe, by forward mode. */
export interface Push {
  /** Of every output; one that is no float has none. */
  readonly outputs: (probe: Probe) => readonly (Float64Array | undefined)[]
  /** The largest derivative of anything on the way, which is what outputs are rounded relative to. */
  readonly largest: (probe: Probe) => number
}

/** Throws where some operation has no forward rule. */
export function forwardDerivative(
  { graph }: Pick<Sample['traced'], 'graph'>,
  inputs: readonly Dense[],
  wrt: readonly Moved[],
): Push {
  const b = new Builder()
  const args = graph.inputs.map(({ type, name }) => b.input(type, name))
  const tangents = new Map(
    wrt.map(({ input, path }) => [input, b.input(graph.inputs[input]!.type, `tangent of ${path}`)]),
  )
  const made = jvp(
    b,
    graph,
    args,
    args.map((_, i) => tangents.get(i)),
  )
  const out = made.tangents.map((tangent, i) => {
    const { shape, dtype } = graph.outputs[i]!.type
    return tangent ?? b.emit(constant, [], { value: 0, shape, dtype })
  })
  const derivative: Graph = b.graph(`jvp of ${graph.name}`, out)
  verify(derivative)
  const all: Graph = { ...derivative, outputs: derivative.equations.flatMap(({ outputs }) => outputs) }
  const given = (along: Probe['along']): readonly Dense[] => [
    ...inputs,
    ...wrt.map(({ input }): Dense => {
      const { type } = graph.inputs[input]!
      return { ...type, data: along.get(input) ?? new Float64Array(inputs[input]!.data.length) }
    }),
  ]
  // Only derivatives change with the direction.
  let still: readonly Dense[] | undefined
  return {
    outputs: ({ along }) =>
      evaluate(derivative, given(along)).map(({ dtype, data }) => (isFloat(dtype) ? data : undefined)),
    largest({ along }) {
      still ??= evaluate(all, given(new Map()))
      const before = still
      const changes = evaluate(all, given(along)).map(({ data }, i) =>
        largestOf(data.map((v, k) => v - before[i]!.data[k]!)),
      )
      return Math.max(0, ...changes)
    },
  }
}

/** The largest magnitude among the finite numbers; 0 where there are none. */
export const largestOf = (data: Float64Array): number =>
  data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0)
