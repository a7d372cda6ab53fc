import { described } from '../error.ts'
import type { Clash } from '../shape/bind.ts'
import { clash } from '../shape/bind.ts'
import type { Dim, Extent, Shape } from '../shape/dim.ts'
import type { Fields } from '../shape/misfit.ts'
import type { IsAny, Needs } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'
import { extentsOf, type Held } from '../trace/held.ts'
import { check, fail } from '../trace/trace.ts'
import type { LeafAt } from '../tree.ts'

// A stack is a tensor whose first axis counts the turns of a loop.

/** One turn's part of each tensor in T. */
export type Part<T> =
  T extends Tensor<infer S, infer D>
    ? S extends readonly [unknown, ...infer Rest extends Shape]
      ? Tensor<Rest, D>
      : number extends S['length']
        ? Tensor<Shape, D>
        : never
    : IsAny<T> extends true
      ? T
      : { [K in keyof T]: Part<T[K]> }

/** T with N turns of each tensor stacked. */
export type Stack<T, N extends Dim> =
  IsAny<T> extends true
    ? T
    : T extends Tensor<infer S, infer D>
      ? Tensor<[N, ...S], D>
      : T extends null
        ? null
        : { -readonly [K in keyof T]: Stack<T[K], N> }

/** The pairs ['the number of turns', dim] of the tensors in T. */
type Counts<T> =
  IsAny<T> extends true
    ? never
    : T extends Tensor<infer S, infer _>
      ? S extends readonly [infer N, ...unknown[]]
        ? ['the number of turns', N]
        : number extends S['length']
          ? ['the number of turns', number]
          : never
      : { [K in Fields<T>]: Counts<T[K]> }[Fields<T>]

/** The number of turns that stacks X have, or the one that is given. */
export type Turns<X, N extends number> = [Counts<X>] extends [never]
  ? N
  : Counts<X> extends readonly [unknown, infer M extends Dim]
    ? M
    : number

/**
 * X where every tensor in it is a stack and all have as many turns; a complaint in the place of each part of X that
 * does not fit.
 */
export type Stacks<X> =
  IsAny<X> extends true
    ? X
    : X extends null
      ? X
      : X extends Tensor<infer _, infer __>
        ? Needs<StackedAt<X, X, 'xs'>, X>
        : { readonly [K in keyof X]: Needs<StackedAt<X[K], X, `xs.${K & string}`>, X[K]> }
type StackedAt<T, X, At extends string> =
  IsAny<T> extends true
    ? never
    : T extends Tensor<infer S, infer _>
      ? S extends readonly []
        ? `shape error: scan: ${At} is [] and has no axis of turns`
        : Clash<Counts<T>, Counts<X>, At>
      : { [K in Fields<T>]: StackedAt<T[K], X, `${At}.${K & string}`> }[Fields<T>]

/** The number of turns that stacks have, or the one that is given. */
export function turnsOf(stacks: readonly LeafAt<Held>[], length: number | undefined): Extent {
  const extents = stacks.map(({ path, leaf }) => {
    const at = path === '' ? 'xs' : `xs.${path}`
    const [extent] = extentsOf(leaf)
    if (!extent) throw fail(`shape error: scan: ${at} is [] and has no axis of turns`)
    return { at, extent }
  })
  for (const { at, extent } of extents)
    for (const other of extents) check(clash('the number of turns', extent, other.extent, at))
  const first = extents.find(({ extent }) => typeof extent.dim === 'string') ?? extents[0]
  if (!first) {
    if (length === undefined)
      throw fail('type error: scan: there is nothing to count the turns by; give xs or { length }')
    if (!Number.isSafeInteger(length) || length < 0)
      throw fail(`type error: scan: length is ${described(length)}, which is not a number of turns`)
    return { dim: length, size: length }
  }
  if (length !== undefined && length !== first.extent.size)
    throw fail(`shape error: scan: length is ${described(length)} and xs have ${first.extent.size} turns`)
  return first.extent
}
