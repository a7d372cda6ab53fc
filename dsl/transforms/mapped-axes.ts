import { axisOf, type Cut, type OutOfRange } from '../shape/axis.ts'
import { type Clash, clash } from '../shape/bind.ts'
import type { Dim, Extent, Extents, Shape } from '../shape/dim.ts'
import type { Fields } from '../shape/misfit.ts'
import type { IsAny } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { check, fail, must } from '../trace/trace.ts'
import { isBranch } from '../tree.ts'

/**
 * Which axis of each tensor is mapped: a position in the whole tensor, counted from the end where negative, null for a
 * tensor that is passed whole, or a record or tuple of these. What it says nothing of is mapped over its first axis.
 */
export type Axes = number | null | readonly Axes[] | { readonly [name: string]: Axes }
export type AxisAt<X, K> = X extends number | null ? X : K extends keyof X ? X[K] : 0

/** Check: the axes that X names are there in T. */
export type AxisFault<T, X, At extends string> = [T] extends [never]
  ? never
  : IsAny<T> extends true
    ? never
    : X extends null
      ? never
      : T extends Tensor<infer S, infer _>
        ? X extends number
          ? S extends readonly []
            ? `shape error: ${At} is [] and has no axis to map`
            : number extends X | S['length']
              ? never
              : Cut<S, X> extends { after: readonly [unknown, ...unknown[]] }
                ? never
                : OutOfRange<At, S, X>
          : `type error: ${At} is one tensor and its axes are a record`
        : { [K in Fields<T>]: AxisFault<T[K], AxisAt<X, K>, `${At}.${K & string}`> }[Fields<T>]
/** Check: argument K of A has as many parts as the others, of which there is one. */
export type Agree<Op extends string, A, K, X = 0> = [Leading<A, X>] extends [never]
  ? unknown extends A[K & keyof A]
    ? never
    : `type error: ${Op}: no argument has an axis to map`
  : Clash<Leading<A[K & keyof A], AxisAt<X, K>>, Leading<A, X>, `argument ${K & string}`>
/** The mapped dims of the tensors in T, as pairs ['the mapped axis', dim]. */
export type Leading<T, X = 0> = X extends null
  ? never
  : IsAny<T> extends true
    ? never
    : T extends Tensor<infer S, infer _>
      ? X extends number
        ? number extends X | S['length']
          ? ['the mapped axis', number]
          : Cut<S, X> extends { after: readonly [infer N, ...unknown[]] }
            ? ['the mapped axis', N]
            : never
        : never
      : { [K in Fields<T>]: Leading<T[K], AxisAt<X, K>> }[Fields<T>]
/** T without the mapped dim of each tensor. */
export type Unbatched<T, X = 0> = X extends null
  ? T
  : T extends Tensor<infer S, infer D>
    ? X extends number
      ? number extends X | S['length']
        ? Tensor<Shape, D>
        : Cut<S, X> extends {
              before: infer Before extends Shape
              after: readonly [unknown, ...infer After extends Shape]
            }
          ? Tensor<[...Before, ...After], D>
          : never
      : never
    : { [K in keyof T]: Unbatched<T[K], AxisAt<X, K>> }

/** Check: the results of T can have the mapped axis where X says. */
export type OutFault<T, X, At extends string> = [T] extends [never]
  ? never
  : IsAny<T> extends true
    ? never
    : X extends null
      ? never
      : T extends Tensor<infer S, infer _>
        ? X extends number
          ? number extends X | S['length']
            ? never
            : Cut<readonly [...S, 1], X> extends { after: readonly [unknown, ...unknown[]] }
              ? never
              : OutOfRange<At, S, X>
          : `type error: ${At} is one tensor and its axes are a record`
        : { [K in Fields<T>]: OutFault<T[K], AxisAt<X, K>, `${At}.${K & string}`> }[Fields<T>]
/**
 * T with the dim of the pairs N put in at the axis of each tensor. Pairs that agree and still differ have a wide dim
 * among them, which makes their union wide.
 */
export type Batched<T, N, X = 0> = X extends null
  ? T
  : IsAny<T> extends true
    ? T
    : T extends Tensor<infer S, infer D>
      ? X extends number
        ? number extends X | S['length']
          ? Tensor<Shape, D>
          : Cut<readonly [...S, 1], X> extends {
                before: infer Before extends Shape
                after: readonly [...infer After extends Shape, 1]
              }
            ? [N] extends [readonly [unknown, infer M extends Dim]]
              ? Tensor<[...Before, M, ...After], D>
              : never
            : never
        : never
      : { [K in keyof T]: Batched<T[K], N, AxisAt<X, K>> }
/** The axis that `axes` name for the tensor at a path, called `at`; null where there is none to map. */
export function axisFor(axes: Axes, path: string, at: string): number | null {
  let found: unknown = axes
  for (const key of path === '' ? [] : path.split('.')) {
    if (!isBranch(found)) break
    found = Object.hasOwn(found, key) ? found[key] : 0
  }
  if (isBranch(found)) throw fail(`type error: ${at} is one tensor and its axes are a record`)
  return found as number | null
}

/** Where the mapped axis of a tensor is, counted from the front. */
export function mappedAt(at: string, shape: Extents, axis: number): number {
  if (shape.length === 0) throw fail(`shape error: ${at} is [] and has no axis to map`)
  return must(axisOf(at, shape, axis))
}

/** Where a result gets it. */
export const putAt = (at: string, shape: Extents, axis: number): number =>
  must(axisOf(at, shape, axis, shape.length + 1))

/** The one axis that all mapped tensors share. */
export function sharedAxis(op: string, mapped: readonly { readonly path: string; readonly axis: Extent }[]): Extent {
  const [first] = mapped
  if (!first) throw fail(`type error: ${op}: no argument has an axis to map`)
  for (const { axis, path } of mapped)
    for (const other of mapped) check(clash('the mapped axis', axis, other.axis, `argument ${path.split('.')[0]}`))
  return (mapped.find(({ axis }) => typeof axis.dim === 'string') ?? first).axis
}
