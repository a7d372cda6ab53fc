import type { Graph, Value } from '../../compiler/ir/graph.ts'
import { checkFunction } from '../given.ts'
import type { DType, Float } from '../shape/dtype.ts'
import { isFloat } from '../shape/dtype.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { tensorsOf } from '../tensor-in.ts'
import { hold } from '../trace/held.ts'
import { belongs, innerTrace, type Trace } from '../trace/trace.ts'
import { isTensor, type TracedTensor, traced } from '../traced-tensor.ts'
import { type LeafAt, mapTree, withLeaves } from '../tree.ts'

/** The tensors that a function is differentiated in; all else that it uses is constant to it. */
export interface Selected {
  readonly leaves: readonly LeafAt<TracedTensor>[]
  /** The function's arguments with other tensors in the place of the leaves. */
  argumentsWith(inputs: readonly AnyTensor[]): readonly unknown[]
  /** The tree that the leaves stand in, with others in their place. */
  treeOf(leaves: readonly unknown[]): unknown
}

/** The type of a derivative in T: undefined stands where a tensor is not a float. */
export type Cotangents<T> =
  T extends Tensor<infer _, infer D>
    ? [D] extends [Float]
      ? T
      : DType extends D
        ? T | undefined
        : undefined
    : { [K in keyof T]: Cotangents<T[K]> }
/** What goes with T as a direction: anything will do where a tensor is not a float, for it is not looked at. */
export type Along<T> =
  T extends Tensor<infer _, infer D> ? ([D] extends [Float] ? T : unknown) : { [K in keyof T]: Along<T[K]> }

/** All floats of the arguments. */
export function floatsOf(op: string, trace: Trace, args: readonly unknown[], what: string): Selected {
  const leaves = tensorsOf(args, `${op}: ${what}`)
  for (const { leaf } of leaves) belongs(op, trace, leaf)
  const replaced = (by: readonly unknown[], instead: (leaf: TracedTensor) => unknown): unknown => {
    let next = 0
    return mapTree(args, isTensor, (leaf) => (isFloat(leaf.dtype) ? by[next++] : instead(leaf)))
  }
  return {
    leaves: leaves.filter(({ leaf }) => isFloat(leaf.dtype)),
    argumentsWith: (inputs) => replaced(inputs, (leaf) => leaf) as readonly unknown[],
    treeOf: (leaves) => replaced(leaves, () => undefined),
  }
}

/** A function as a graph: its inputs are the selected tensors, its outputs the tensors of its result. */
export interface TracedFunction {
  readonly graph: Graph
  readonly outputs: readonly LeafAt<TracedTensor>[]
  /** The result with other tensors in the place of its own. */
  resultOf(leaves: readonly unknown[]): unknown
}

export function traceOn(op: string, f: unknown, selected: Selected): TracedFunction {
  checkFunction(op, f)
  return innerTrace(op, (inner) => {
    const inputs = selected.leaves.map(({ leaf }) =>
      like(inner, inner.builder.input(leaf.value.type, leaf.value.name), leaf),
    )
    const result = (f as (...args: readonly unknown[]) => unknown)(...selected.argumentsWith(inputs))
    const outputs = tensorsOf(result, `${op}: the result`)
    for (const { leaf } of outputs) belongs(op, inner, leaf)
    const graph = inner.builder.graph(
      op,
      outputs.map(({ leaf }) => leaf.value),
    )
    return { graph, outputs, resultOf: (leaves) => withLeaves(result, isTensor, leaves) }
  })
}

/** A value as a tensor of a trace, to the author like another one. */
export const like = (trace: Trace, value: Value, of: Pick<TracedTensor, 'shape' | 'dtype'>): AnyTensor =>
  traced(hold(trace, value, of.shape, of.dtype))

export const valuesOf = (leaves: readonly LeafAt<TracedTensor>[]): readonly Value[] =>
  leaves.map(({ leaf }) => leaf.value)
