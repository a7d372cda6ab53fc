import { axisOf, type Cut, type OutOfRange } from '../shape/axis.ts'
import { type Clash, clash } from '../shape/bind.ts'
import { type Dim, type Extent, type Shape, type Show, show, type Wide } from '../shape/dim.ts'
import type { Fields, Misfit } from '../shape/misfit.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { check, fail, must } from '../trace/trace.ts'
import type { LeafAt } from '../tree.ts'

// What is scanned in pairs: along its axis X a tensor has as many elements as the others, and any number of pairs of
// them are joined at once.

/** T with any number of elements along the axis. */
export type Pairs<T, X extends number> =
  T extends Tensor<infer S, infer D>
    ? number extends X | S['length']
      ? Tensor<Shape, D>
      : Cut<S, X> extends {
            before: infer Before extends Shape
            after: readonly [unknown, ...infer After extends Shape]
          }
        ? Tensor<[...Before, 'pairs', ...After], D>
        : never
    : { [K in keyof T]: Pairs<T[K], X> }

/** The pairs ['the length', dim] of the tensors in T. */
type Lengths<T, X extends number> =
  T extends Tensor<infer S, infer _>
    ? number extends X | S['length']
      ? ['the length', number]
      : Cut<S, X> extends { after: readonly [infer N, ...unknown[]] }
        ? ['the length', N]
        : never
    : { [K in Fields<T>]: Lengths<T[K], X> }[Fields<T>]

/**
 * T where its tensors can be scanned along axis X by a function that gives R; a complaint in the place of each part
 * that cannot.
 */
export type Scanned<T, X extends number, R> =
  T extends Tensor<infer _, infer __>
    ? Needs<Or<Unpaired<T, X, T, 'xs'>, Misfit<Pairs<T, X>, R, 'the result'>>, T>
    : {
        readonly [K in keyof T]: Needs<
          Or<
            Unpaired<T[K], X, T, `xs.${K & string}`>,
            Misfit<Pick<Pairs<T, X>, K & keyof Pairs<T, X>>, R, 'the result'>
          >,
          T[K]
        >
      }
/** Check: the tensors in T have axis X, whose length is a literal, and the same as in Whole. */
type Unpaired<T, X extends number, Whole, At extends string> =
  T extends Tensor<infer S, infer _>
    ? number extends X | S['length']
      ? never
      : Cut<S, X> extends { after: readonly [infer N extends Dim, ...unknown[]] }
        ? N extends string
          ? Wide<N> extends true
            ? never
            : `shape error: associativeScan: ${At} is ${Show<S>} and its length is a name: state a size with as, or use scan`
          : Clash<['the length', N], Lengths<Whole, X>, At>
        : OutOfRange<`associativeScan: ${At}`, S, X>
    : { [K in Fields<T>]: Unpaired<T[K], X, Whole, `${At}.${K & string}`> }[Fields<T>]

/** The axis of each tensor counted from the front, and the length that all share. */
export function pairsOf(
  leaves: readonly LeafAt<Held>[],
  axis: number,
): { readonly axes: readonly number[]; length: number } {
  const found = leaves.map(({ path, leaf }) => {
    const [at, shape] = [path === '' ? 'xs' : `xs.${path}`, extentsOf(leaf)]
    const front = must(axisOf(`associativeScan: ${at}`, shape, axis))
    const extent: Extent = shape[front]!
    if (typeof extent.dim === 'string')
      throw fail(
        `shape error: associativeScan: ${at} is ${show(shape)} and its length is a name: state a size with as, or use scan`,
      )
    return { at, front, extent }
  })
  for (const { at, extent } of found) for (const other of found) check(clash('the length', extent, other.extent, at))
  const [first] = found
  if (!first) throw fail('type error: associativeScan: there are no tensors in xs')
  return { axes: found.map(({ front }) => front), length: first.extent.size }
}
