import type { Clash } from '../shape/bind.ts'
import type { Dim, Shape } from '../shape/dim.ts'
import type { Fields, Misfit } from '../shape/misfit.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { Tensor } from '../tensor.ts'

/** A function of positional arguments that a transform made. F is a plain function type, or Each<F, X> for F over the leading axes that X picks. */
export interface Fn<in out F> {
  <A extends readonly unknown[]>(
    ...args: { [K in keyof A]: Needs<Argument<F, A, K, 'argument'>, A[K]> }
  ): ResultOf<F, A>
  readonly '~fn': F
}
export interface Each<out F, out X> {
  f: F
  x: X
}
export type Callable = (...args: never) => unknown
/** The function type behind what a transform made, or behind a program. */
export type Plain<F> = F extends { readonly '~fn': infer G } ? G : F
/** What F gives for parameters of the types that it is written with. */
export type OutOf<F> =
  F extends Each<infer G, unknown> ? Batched<OutOf<G>, [0, 'batch']> : F extends (...args: never) => infer R ? R : never

/** Which arguments carry the mapped axis: 0 for a leading axis, null for none, or a record of these. */
export type Axes = 0 | null | readonly Axes[] | { readonly [name: string]: Axes }
type AxisAt<X, K> = X extends null ? null : K extends keyof X ? X[K] : 0

/** Check: argument K of A fits F. */
type Argument<F, A, K, At extends string> =
  F extends Each<infer G, infer X>
    ? Or<Agree<A, K, X>, Argument<G, Unbatched<A, X>, K, `each of ${At}`>>
    : F extends (...args: infer Args) => unknown
      ? A extends readonly unknown[]
        ? Args['length'] extends A['length']
          ? K extends keyof Args & keyof A
            ? Misfit<Args[K], A[K], `${At} ${K & string}`>
            : never
          : `type error: it takes ${Args['length']} arguments, not ${A['length']}`
        : never
      : never
type ResultOf<F, A> =
  F extends Each<infer G, infer X>
    ? Batched<ResultOf<G, Unbatched<A, X>>, Leading<A, X>>
    : F extends (...args: never) => infer R
      ? R
      : never

/** Check: argument K of A has as many parts as the others. */
export type Agree<A, K, X = 0> = Clash<Leading<A[K & keyof A], AxisAt<X, K>>, Leading<A, X>, `argument ${K & string}`>
/** The leading dims of the mapped tensors in T, as pairs ['the mapped axis', dim]. */
export type Leading<T, X = 0> = X extends null
  ? never
  : T extends Tensor<infer S, infer _>
    ? S extends readonly [infer N, ...unknown[]]
      ? ['the mapped axis', N]
      : never
    : { [K in Fields<T>]: Leading<T[K], AxisAt<X, K>> }[Fields<T>]
/** T with the dim of the pair N in front of each tensor's. */
export type Batched<T, N, X = 0> = X extends null
  ? T
  : T extends Tensor<infer S, infer D>
    ? N extends readonly [unknown, infer M extends Dim]
      ? Tensor<[M, ...S], D>
      : never
    : { [K in keyof T]: Batched<T[K], N, AxisAt<X, K>> }
/** T without the leading dim of each mapped tensor. */
export type Unbatched<T, X = 0> = X extends null
  ? T
  : T extends Tensor<infer S, infer D>
    ? S extends readonly [unknown, ...infer Rest extends Shape]
      ? Tensor<Rest, D>
      : never
    : { [K in keyof T]: Unbatched<T[K], AxisAt<X, K>> }

/** The callable of a transformed function. */
export const fnOf = <F>(f: unknown, call: (args: readonly unknown[]) => unknown): Fn<F> =>
  Object.assign((...args: readonly unknown[]) => call(args), { '~fn': f }) as unknown as Fn<F>
