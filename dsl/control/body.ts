import type { Graph, Type, Value } from '../../compiler/ir/graph.ts'
import type { Shape } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import { likeness, tensorIn, tensorsOf } from '../tensor-in.ts'
import { type Held, hold } from '../trace/held.ts'
import { belongs, innerTrace, type Trace } from '../trace/trace.ts'
import { isTensor, type TracedTensor, traced } from '../traced-tensor.ts'
import { type LeafAt, withLeaves } from '../tree.ts'

/** What a function is given in place of a tensor. */
export interface Stand {
  readonly type: Type
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

/** A function that was traced on its own: its graph, which may mention the tensors around it, and what it gave. */
export interface Body<R> {
  readonly graph: Graph
  readonly result: R
  readonly outputs: readonly TracedTensor[]
}

/**
 * Traces f on trees like `args`, with `stand` for each of their tensors; `pick` gives the tensors of its result that
 * leave the graph, in order.
 */
export function traceBody<R>(
  op: string,
  f: (...args: never) => unknown,
  args: readonly unknown[],
  stand: (tensor: TracedTensor, path: string) => Stand,
  pick: (result: unknown) => { readonly result: R; readonly outputs: readonly TracedTensor[] },
): Body<R> {
  return innerTrace(op, (inner) => {
    const stands = tensorsOf(args, `${op}: argument`).map(({ path, leaf }) => {
      const { type, name, shape, dtype } = stand(leaf, path)
      return traced(hold(inner, inner.builder.input(type, name), shape, dtype))
    })
    const given = withLeaves(args, isTensor, stands) as never[]
    const { result, outputs } = pick((f as (...args: readonly unknown[]) => unknown)(...given))
    for (const output of outputs) belongs(op, inner, output)
    const values = outputs.map((output) => output.value)
    return { result, outputs, graph: inner.builder.graph(op, values) }
  })
}

/** The tensor itself, by its type alone. */
export const like = ({ value, shape, dtype }: Held): Stand => ({ type: value.type, name: value.name, shape, dtype })

/** The tensors of a tree that must be as another one, in its order. */
export const tensorsLike = (tree: unknown, of: unknown, what: string): readonly TracedTensor[] =>
  tensorsOf(of, what).map(({ path, leaf }) => tensorIn(tree, path, what, likeness(leaf)))

/** The tensors of a tree that is given to an operation, which may be used here. */
export function given(op: string, trace: Trace, tree: unknown, what: string): readonly LeafAt<TracedTensor>[] {
  const found = tensorsOf(tree, `${op}: ${what}`)
  for (const { leaf } of found) belongs(op, trace, leaf)
  return found
}

/** A tree like another with values in the places of its tensors; `seen` tells what they are to the author. */
export const holding = (
  trace: Trace,
  tree: unknown,
  seen: readonly Pick<Held, 'shape' | 'dtype'>[],
  values: readonly Value[],
): unknown =>
  withLeaves(
    tree,
    isTensor,
    seen.map(({ shape, dtype }, i) => traced(hold(trace, values[i]!, shape, dtype))),
  )
