import { batch } from '../../compiler/transform/batch.ts'
import { clash } from '../shape/bind.ts'
import type { Extent } from '../shape/dim.ts'
import type { Needs } from '../shape/rule.ts'
import { tensorsOf } from '../tensor-in.ts'
import { extentsOf, type Held, hold } from '../trace/held.ts'
import { belongs, check, enter, fail, innerTrace } from '../trace/trace.ts'
import { isTensor, traced } from '../traced-tensor.ts'
import { isBranch, mapTree, withLeaves } from '../tree.ts'
import { asComplaint } from './complaint.ts'
import {
  type Agree,
  type Axes,
  type Batched,
  type Callable,
  type Each,
  type Fn,
  fnOf,
  type Leading,
  type Plain,
  type Unbatched,
} from './function.ts'

/**
 * The function over the leading axes of its arguments: it runs on each part by itself, and the results are stacked. `inAxes` has a 0 for each
 * argument that is mapped and a null for each that is passed whole.
 */
export function vmap<F extends Callable, const X extends Axes = 0>(
  f: F,
  options?: { readonly inAxes: X },
): Fn<Each<Plain<F>, X extends readonly unknown[] | number ? X : [X]>> {
  const axes = options?.inAxes ?? 0
  // A record of axes is that of the only argument.
  const inAxes: Axes = typeof axes === 'object' && axes !== null && !Array.isArray(axes) ? [axes as Axes] : axes
  return fnOf(f, (args) => mapped('vmap', f, inAxes, args))
}

/** vmap(f)(...xs), where the types of the parameters of `f` are inferred from `xs`. */
export function map<X extends readonly unknown[], R>(
  f: (...x: { [I in keyof X]: Unbatched<X[I]> }) => R,
  ...xs: { [I in keyof X]: Needs<Agree<X, I>, X[I]> }
): Batched<R, Leading<X>> {
  return mapped('map', f as unknown as Callable, 0, xs) as Batched<R, Leading<X>>
}

interface MappedLeaf {
  readonly path: string
  readonly tensor: Held
  readonly axis: Extent
}

function mapped(op: string, f: Callable, inAxes: Axes, args: readonly unknown[]): unknown {
  const trace = enter(op)
  const leaves = mappedLeaves(op, inAxes, args)
  for (const { tensor } of leaves) belongs(op, trace, tensor)
  const axis = mappedAxis(op, leaves)
  const { graph, result, outputs } = innerTrace(op, (inner) => {
    const parts = leaves.map(({ path, tensor }) => {
      const type = { ...tensor.value.type, shape: tensor.value.type.shape.slice(1) }
      const value = inner.builder.input(type, tensor.value.name || path)
      return traced({ value, shape: tensor.shape.slice(1), dtype: tensor.dtype, trace: inner })
    })
    const given = mapTree(args, isTensor, (whole, path) => {
      const at = leaves.findIndex((leaf) => leaf.path === path)
      return at < 0 ? whole : parts[at]
    }) as readonly unknown[]
    const result = (f as (...args: readonly unknown[]) => unknown)(...given)
    const outputs = tensorsOf(result, `${op}: the result`).map(({ leaf }) => leaf)
    for (const output of outputs) belongs(op, inner, output)
    return {
      result,
      outputs,
      graph: inner.builder.graph(
        op,
        outputs.map((output) => output.value),
      ),
    }
  })
  const values = leaves.map(({ tensor }) => tensor.value)
  const every = values.map(() => true)
  const whole = asComplaint(op, () => batch(trace.builder, graph, values, every, axis.size))
  const stacked = outputs.map((output, i) => traced(hold(trace, whole[i]!, [axis.dim, ...output.shape], output.dtype)))
  return withLeaves(result, isTensor, stacked)
}

/** The tensors whose leading axis is mapped. The others are seen from inside as they are. */
function mappedLeaves(op: string, inAxes: Axes, args: readonly unknown[]): readonly MappedLeaf[] {
  return tensorsOf(args, `${op}: argument`).flatMap(({ path, leaf }) => {
    if (!isMapped(inAxes, path)) return []
    const [axis] = extentsOf(leaf)
    if (!axis) throw fail(`shape error: ${op}: ${argumentOf(path)} is [] and has no axis to map`)
    return [{ path, tensor: leaf, axis }]
  })
}
const argumentOf = (path: string): string => `argument ${path.split('.')[0]}`

/** Whether the tensor at a path is mapped: what the axes say nothing of is. */
function isMapped(axes: Axes, path: string): boolean {
  let at: unknown = axes
  for (const key of path.split('.')) {
    if (!isBranch(at)) break
    at = Object.hasOwn(at, key) ? at[key] : 0
  }
  return at !== null
}

function mappedAxis(op: string, leaves: readonly MappedLeaf[]): Extent {
  const [first] = leaves
  if (!first) throw fail(`type error: ${op}: no argument has an axis to map`)
  for (const leaf of leaves) {
    for (const other of leaves) check(clash('the mapped axis', leaf.axis, other.axis, argumentOf(leaf.path)))
  }
  return (leaves.find(({ axis }) => typeof axis.dim === 'string') ?? first).axis
}
