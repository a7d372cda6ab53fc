import type { Builder } from '../../compiler/ir/builder.ts'
import type { Graph, Value } from '../../compiler/ir/graph.ts'
import { jacobianByColumns, jacobianByRows } from '../../compiler/transform/jacobian.ts'
import type { Shape } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import { type Float, isFloat } from '../shape/dtype.ts'
import type { Fields } from '../shape/misfit.ts'
import type { Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { enter, fail } from '../trace/trace.ts'
import { asComplaint } from './complaint.ts'
import type { Callable, Inner, OutOf } from './function.ts'
import { like, traceOn, valuesOf } from './selected.ts'
import { transformed } from './transformed.ts'
import { type JacobianOf, selectedBy, type Wrt, type WrtIn } from './wrt.ts'

/**
 * The derivatives of each tensor that a function gives, of shape R, in each tensor of its first argument, of shape S: a
 * record like the result's of records like the argument's, of tensors [...R, ...S]. `wrt` is as for `grad`. Computed
 * forward, in as many directions at once as there are elements in S: for a result larger than the argument.
 */
export function jacfwd<F extends Callable, const W extends Wrt = ''>(
  f: Needs<Differentiable<'jacfwd', OutOf<Inner<F>>>, F>,
  wrt?: WrtIn<'jacfwd', F, W>,
): JacobianOf<F, W> {
  return transformed('jacfwd', f, (f, args) =>
    jacobian('jacfwd', jacobianByColumns, f, wrt as Wrt | undefined, args),
  ) as JacobianOf<F, W>
}

/**
 * The same, computed backward, from as many cotangents at once as there are elements in R: for a result smaller than
 * the argument.
 */
export function jacrev<F extends Callable, const W extends Wrt = ''>(
  f: Needs<Differentiable<'jacrev', OutOf<Inner<F>>>, F>,
  wrt?: WrtIn<'jacrev', F, W>,
): JacobianOf<F, W> {
  return transformed('jacrev', f, (f, args) =>
    jacobian('jacrev', jacobianByRows, f, wrt as Wrt | undefined, args),
  ) as JacobianOf<F, W>
}

/** The derivatives of what R holds in what P holds. */
export type Jacobian<R, P> =
  R extends Tensor<infer S, infer D> ? Derivatives<S, D, P> : { [K in keyof R]: Jacobian<R[K], P> }
type Derivatives<S extends Shape, D extends DType, P> =
  P extends Tensor<infer T, infer _>
    ? Tensor<number extends S['length'] | T['length'] ? Shape : [...S, ...T], D>
    : { -readonly [K in keyof P]: Derivatives<S, D, P[K]> }

/** Check: the result is made of floats. */
type Differentiable<Op extends string, R, At extends string = 'the result'> =
  R extends Tensor<infer _, infer D>
    ? D extends Float
      ? never
      : DType extends D
        ? never
        : `dtype error: ${Op}: ${At} is ${D}, needs a float`
    : R extends object
      ? { [K in Fields<R>]: Differentiable<Op, R[K], `${At}.${K & string}`> }[Fields<R>]
      : never

type ByOutput = (b: Builder, graph: Graph, args: readonly Value[]) => readonly (readonly Value[])[]

export function jacobian(op: string, by: ByOutput, f: Callable, wrt: Wrt = '', args: readonly unknown[] = []): unknown {
  const trace = enter(op)
  const selected = selectedBy(op, trace, wrt, args)
  const { graph, outputs, resultOf } = traceOn(op, f, selected)
  for (const { path, leaf } of outputs)
    if (!isFloat(leaf.dtype)) {
      const at = ['the result', path].filter((name) => name !== '').join('.')
      throw fail(`dtype error: ${op}: ${at} is ${leaf.dtype}, needs a float`)
    }
  const { leaves } = selected
  const derivatives = asComplaint(op, () => by(trace.builder, graph, valuesOf(leaves)))
  return resultOf(
    outputs.map(({ leaf: out }, j) =>
      selected.treeOf(
        leaves.map(({ leaf: { shape } }, i) =>
          like(trace, derivatives[j]![i]!, { shape: [...out.shape, ...shape], dtype: out.dtype }),
        ),
      ),
    ),
  )
}
