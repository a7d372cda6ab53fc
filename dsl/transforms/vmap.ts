import type { Value } from '../../compiler/ir/graph.ts'
import { repeated } from '../../compiler/ir/primitives/elementwise.ts'
import { transpose } from '../../compiler/ir/primitives/index.ts'
import { batchWhere, carriesBatch } from '../../compiler/transform/batch.ts'
import { checkFunction } from '../given.ts'
import { optionsOf } from '../option.ts'
import type { Extent } from '../shape/dim.ts'
import type { Needs, Or } from '../shape/rule.ts'
import { tensorsOf } from '../tensor-in.ts'
import { extentsOf, hold } from '../trace/held.ts'
import { belongs, enter, fail, type Trace } from '../trace/trace.ts'
import { isTensor, TracedTensor, traced } from '../traced-tensor.ts'
import { type LeafAt, mapTree } from '../tree.ts'
import { asComplaint } from './complaint.ts'
import { type Callable, type Each, type Fn, fnOf, type Inner, type OutOf } from './function.ts'
import {
  type Agree,
  type Axes,
  type AxisFault,
  axisFor,
  type Batched,
  type Leading,
  mappedAt,
  type OutFault,
  putAt,
  sharedAxis,
  type Unbatched,
} from './mapped-axes.ts'
import { type Selected, traceOn } from './selected.ts'

/**
 * The function over an axis of its arguments: it runs on each part by itself, and the results are stacked. `inAxes` has
 * the axis of each argument, counted from the end where negative, and null for what is passed whole; one number is for
 * all, and a record for the parts of an argument. `outAxes` says likewise where the results get the axis; null is for
 * what is the same for all parts and is given once.
 */
export function vmap<F extends Callable, const X extends Axes = 0, const O extends Axes = 0>(
  f: F,
  options?: {
    readonly inAxes?: X
    readonly outAxes?: Needs<OutFault<OutOf<Inner<F>>, O, 'vmap: the result'>, O>
  },
): Fn<Each<Inner<F>, X extends readonly unknown[] | number ? X : [X], O>> {
  checkFunction('vmap', f)
  const { inAxes = 0, outAxes = 0 } = optionsOf(
    'vmap',
    (options === undefined ? {} : options) as { inAxes?: Axes; outAxes?: Axes },
    ['inAxes', 'outAxes'],
  )
  // A record of axes is that of the only argument.
  const axes: Axes = typeof inAxes === 'number' || Array.isArray(inAxes) ? inAxes : [inAxes]
  return fnOf(f, (args) => mapped('vmap', f, axes, outAxes, args))
}

/** vmap(f)(...xs), where the types of the parameters of `f` are inferred from `xs`. */
export function map<X extends readonly unknown[], R>(
  f: (...x: { [I in keyof X]: Unbatched<X[I]> }) => R,
  ...xs: { [I in keyof X]: Needs<Or<AxisFault<X[I], 0, `map: argument ${I & string}`>, Agree<'map', X, I>>, X[I]> }
): Batched<R, Leading<X>> {
  return mapped('map', f as unknown as Callable, 0, 0, xs) as Batched<R, Leading<X>>
}

interface MappedLeaf extends LeafAt<TracedTensor> {
  /** Counted from the front. */
  readonly at: number
  readonly axis: Extent
}

function mapped(op: string, f: Callable, inAxes: Axes, outAxes: Axes, args: readonly unknown[]): unknown {
  const trace = enter(op)
  const leaves = mappedLeaves(op, inAxes, args)
  for (const { leaf } of leaves) belongs(op, trace, leaf)
  const axis = sharedAxis(op, leaves)
  const wholes = leaves.map(({ leaf, at }) => moved(trace, leaf.value, at, 0))
  const { graph, outputs, resultOf } = traceOn(op, f, partsOf(trace, args, leaves, wholes))
  const every = leaves.map(() => true)
  const values = asComplaint(op, () => batchWhere(trace.builder, graph, wholes, every, axis.size))
  const carries = carriesBatch(graph, every)
  const out = outputs.map(({ path, leaf }, i) => {
    const name = [`${op}: the result`, path].filter((word) => word !== '').join('.')
    const to = axisFor(outAxes, path, name)
    if (to === null) {
      if (carries[i]) throw fail(`type error: ${name} depends on the mapped axis; give it a place in outAxes`)
      return traced(hold(trace, values[i]!, leaf.shape, leaf.dtype))
    }
    const at = putAt(name, extentsOf(leaf), to)
    const stacked = carries[i] ? values[i]! : repeated(trace.builder, values[i]!, axis.size)
    const dims = leaf.shape.toSpliced(at, 0, axis.dim)
    return traced(hold(trace, moved(trace, stacked, 0, at), dims, leaf.dtype))
  })
  return resultOf(out)
}

/** The tensors that are mapped. The others are seen from inside as they are. */
function mappedLeaves(op: string, inAxes: Axes, args: readonly unknown[]): readonly MappedLeaf[] {
  return tensorsOf(args, `${op}: argument`).flatMap(({ path, leaf }) => {
    const name = `${op}: argument ${path}`
    const axis = axisFor(inAxes, path, name)
    if (axis === null) return []
    const shape = extentsOf(leaf)
    const at = mappedAt(name, shape, axis)
    return [{ path, leaf, at, axis: shape[at]! }]
  })
}

/** The arguments with a part of each mapped tensor in its place. */
function partsOf(
  trace: Trace,
  args: readonly unknown[],
  leaves: readonly MappedLeaf[],
  wholes: readonly Value[],
): Selected {
  return {
    leaves: leaves.map(({ path, leaf, at }, i) => {
      const { type, name } = wholes[i]!
      const value = { type: { ...type, shape: type.shape.slice(1) }, name: leaf.value.name || name || path }
      return { path, leaf: new TracedTensor({ value, shape: leaf.shape.toSpliced(at, 1), dtype: leaf.dtype, trace }) }
    }),
    argumentsWith: (parts) =>
      mapTree(args, isTensor, (whole, path) => {
        const at = leaves.findIndex((leaf) => leaf.path === path)
        return at < 0 ? whole : parts[at]
      }) as readonly unknown[],
    treeOf: (parts) => parts,
  }
}

/** The value with an axis moved to another place. */
function moved(trace: Trace, value: Value, from: number, to: number): Value {
  if (from === to) return value
  const axes = value.type.shape.map((_, axis) => axis)
  const [axis] = axes.splice(from, 1)
  return trace.builder.emit(transpose, [value], { permutation: axes.toSpliced(to, 0, axis!) }, value.name)
}
