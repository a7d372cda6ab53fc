import type { Tensor } from '../tensor.ts'
import { type Plus, plusDim } from './arithmetic.ts'
import { agree, type Dim, type Extent, type Extents, type Shape, type Wide } from './dim.ts'
import type { Fields } from './misfit.ts'

/** What the names in T are in A: a union of pairs [name, dim]. */
export type Bound<T, A> =
  T extends Tensor<infer S, infer _>
    ? A extends Tensor<infer U, infer _>
      ? { [I in keyof S]: S[I] extends string ? [S[I], I extends keyof U ? U[I] : never] : never }[number]
      : never
    : { [K in Fields<T>]: K extends keyof A ? Bound<T[K], A[K]> : never }[Fields<T>]

/** Check: no pair in All gives a name of Here another dim. */
export type Clash<Here, All, At extends string> = Here extends readonly [infer N extends string, infer D extends Dim]
  ? All extends readonly [N, infer O extends Dim]
    ? { d: O } extends { d: D }
      ? never
      : Wide<D | O> extends true
        ? never
        : `shape error: ${N} is ${D} in ${At} and ${O} elsewhere`
    : never
  : never

/** T with its names replaced as the pairs say. */
export type Rename<T, Pairs> = [Pairs] extends [never]
  ? T
  : T extends Tensor<infer S, infer D>
    ? Tensor<{ [I in keyof S]: S[I] extends string ? RenameDim<S[I], Pairs> : S[I] }, D>
    : { [K in keyof T]: Rename<T[K], Pairs> }
type RenameDim<N extends string, Pairs> = [Find<Pairs, N>] extends [never]
  ? N extends `${infer A}+${infer B}`
    ? Plus<RenameDim<A, Pairs>, RenameDim<B, Pairs>>
    : N extends `${infer K extends number}`
      ? K
      : N
  : Find<Pairs, N>
type Find<Pairs, N> = Pairs extends [N, infer D extends Dim] ? D : never

/** What names stand for: dims of whoever called, with their sizes. */
export type Bindings = ReadonlyMap<string, Extent>

export const clash = (name: string, here: Extent, elsewhere: Extent, at: string): string | undefined =>
  agree(here, elsewhere) ? undefined : `shape error: ${name} is ${here.dim} in ${at} and ${elsewhere.dim} elsewhere`

/** The pairs that a shape makes with the dims it is given for. */
export const namesIn = (needed: Shape, given: Extents): readonly (readonly [string, Extent])[] =>
  needed.flatMap((dim, i) => (typeof dim === 'string' ? [[dim, given[i]!] as const] : []))

export function renameDim(dim: Dim, bindings: Bindings): Dim {
  if (typeof dim === 'number') return dim
  const bound = bindings.get(dim)
  if (bound) return bound.dim
  const plus = dim.indexOf('+')
  if (plus < 0) return /^\d+$/.test(dim) ? Number(dim) : dim
  return plusDim(renameDim(dim.slice(0, plus), bindings), renameDim(dim.slice(plus + 1), bindings))
}

/**
 * The size of a dim where names have sizes; undefined where a name has none. A sum such as 'n+1' has the size of its
 * parts together.
 */
export function sizeOfDim(dim: Dim, bindings: Bindings): number | undefined {
  if (typeof dim === 'number') return dim
  const bound = bindings.get(dim)
  if (bound) return bound.size
  const plus = dim.indexOf('+')
  if (plus < 0) return /^\d+$/.test(dim) ? Number(dim) : undefined
  const [a, b] = [sizeOfDim(dim.slice(0, plus), bindings), sizeOfDim(dim.slice(plus + 1), bindings)]
  return a === undefined || b === undefined ? undefined : a + b
}
