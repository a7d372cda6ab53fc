import type { Value } from '../../compiler/ir/graph.ts'
import { constant } from '../../compiler/ir/primitives/index.ts'
import { jvp as forward } from '../../compiler/transform/forward.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { hold } from '../trace/held.ts'
import { belongs, enter, innerTrace } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { withLeaves } from '../tree.ts'
import { asComplaint } from './complaint.ts'

/** What f gives at `primals`, and how it changes when they change along `tangents`. */
export function jvp<X extends readonly unknown[], const T extends readonly unknown[], R>(
  f: (...x: X) => R,
  primals: [...X],
  tangents: Needs<Misfit<X, T, 'tangent'>, T>,
): [out: R, tangent: R] {
  const trace = enter('jvp')
  const leaves = tensorsOf(primals, 'jvp: primal')
  const along = leaves.map(({ path, leaf }) => tensorIn(tangents, path, 'tangent', likeness(leaf)))
  for (const tensor of [...leaves.map(({ leaf }) => leaf), ...along]) belongs('jvp', trace, tensor)
  const { graph, result, outputs } = traceOn('jvp', f, primals)
  return asComplaint('jvp', () => {
    const made = forward(
      trace.builder,
      graph,
      leaves.map(({ leaf }) => leaf.value),
      along.map((tensor) => tensor.value),
    )
    const held = (values: readonly (Value | undefined)[]) =>
      withLeaves(
        result,
        isTensor,
        outputs.map((output, i) => {
          const { shape, dtype } = output.value.type
          const value = values[i] ?? trace.builder.emit(constant, [], { value: 0, shape, dtype })
          return traced(hold(trace, value, output.shape, output.dtype))
        }),
      ) as R
    return [held(made.outputs), held(made.tangents)]
  })
}

/** The graph of f with all tensors of its arguments as inputs. */
export function traceOn(op: string, f: unknown, args: readonly unknown[]) {
  return innerTrace(op, (inner) => {
    const inputs = tensorsOf(args, `${op}: argument`).map(({ leaf }) =>
      traced(hold(inner, inner.builder.input(leaf.value.type, leaf.value.name), leaf.shape, leaf.dtype)),
    )
    const given = withLeaves(args, isTensor, inputs) as readonly unknown[]
    const result = (f as (...args: readonly unknown[]) => unknown)(...given)
    const outputs = tensorsOf(result, `${op}: the result`).map(({ leaf }) => leaf)
    for (const output of outputs) belongs(op, inner, output)
    const graph = inner.builder.graph(
      op,
      outputs.map((output) => output.value),
    )
    return { graph, result, outputs }
  })
}
