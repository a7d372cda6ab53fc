import type { Input, Missing, Program } from '../program.ts'
import type { Bound, Rename } from '../shape/bind.ts'
import type { Misfit } from '../shape/misfit.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { Jacobian } from './jacobian.ts'
import type { Agree, AxisAt, AxisFault, Batched, Leading, Unbatched } from './mapped-axes.ts'
import type { PartOf } from './wrt.ts'

/**
 * A function of positional arguments that a transform made. F is a plain function type, or says what the function was
 * made of: Each, Jacobians or Named. Its result is worked out from the arguments of each call.
 */
export interface Fn<in out F> {
  <A extends readonly unknown[]>(
    ...args: { [K in keyof A]: Needs<Argument<F, A, K, 'argument'>, A[K]> }
  ): ResultOf<F, A>
  readonly '~fn': F
}
/** F over the axes X of its arguments, with the results stacked along the axes O. */
export interface Each<out F, out X, out O = 0> {
  f: F
  x: X
  o: O
}
/** The derivatives of what F gives in the part W of its arguments. */
export interface Jacobians<out F, out W> {
  f: F
  w: W
}
/** A program: names in In stand for any dims. */
export interface Named<out In, out Out> {
  in: In
  out: Out
}

export type Callable = (...args: never) => Returned
/**
 * Anything. It has a tuple in it for the sake of inference: an author's `[loss, aux]` is then a pair and not a list.
 */
// biome-ignore lint/complexity/noBannedTypes: anything at all, spelled so that a tuple can stand beside it
export type Returned = {} | null | undefined | readonly []

/** The function type behind what a transform made, or behind a program. */
export type Plain<F> = F extends { readonly '~fn': infer G } ? G : F
/** The same where the names of a program's dims are to be kept apart from the caller's. */
export type Inner<F> = F extends Program<infer In, infer Out> ? Named<In, Out> : Plain<F>
/** What F gives for parameters of the types that it is written with. */
export type OutOf<F> = F extends (...args: never) => infer R
  ? R
  : F extends Each<infer G, unknown, infer O>
    ? Batched<OutOf<G>, ['the mapped axis', 'batch'], O>
    : F extends Named<infer _, infer Out>
      ? Out
      : F extends Jacobians<infer G, infer W>
        ? Jacobian<OutOf<G>, PartOf<ArgumentsOf<G>, W>>
        : never
/** The parameters of F, where its type says them. */
export type ArgumentsOf<F> =
  F extends Named<infer In, infer _> ? [inputs: In] : F extends (...args: infer A) => unknown ? A : readonly unknown[]

/** Check: argument K of A fits F. */
export type Argument<F, A, K, At extends string> = F extends (...args: infer Args) => unknown
  ? A extends readonly unknown[]
    ? Args['length'] extends A['length']
      ? K extends keyof Args & keyof A
        ? Misfit<Args[K], A[K], `${At} ${K & string}`>
        : never
      : `type error: it takes ${Args['length']} arguments, not ${A['length']}`
    : never
  : F extends Each<infer G, infer X, infer _>
    ? Or<
        AxisFault<A[K & keyof A], AxisAt<X, K>, `vmap: argument ${K & string}`>,
        Or<Agree<'vmap', A, K, X>, Argument<G, Unbatched<A, X>, K, `each of ${At}`>>
      >
    : F extends Named<infer In, infer _>
      ? NamedInputs<In, A[K & keyof A]>
      : F extends Jacobians<infer G, infer _>
        ? Argument<G, A, K, At>
        : never
type NamedInputs<In, A> = Or<Missing<In, A>, { [K in keyof A]: Input<In, A, K> }[keyof A]>

/** What F gives for arguments A. */
export type ResultOf<F, A> = F extends (...args: never) => infer R
  ? R
  : F extends Each<infer G, infer X, infer O>
    ? Batched<ResultOf<G, Unbatched<A, X>>, Leading<A, X>, O>
    : F extends Named<infer In, infer Out>
      ? A extends readonly [infer Inputs]
        ? Rename<Out, Bound<In, Inputs>>
        : never
      : F extends Jacobians<infer G, infer W>
        ? Jacobian<ResultOf<G, A>, PartOf<A, W>>
        : never

/** The callable of a transformed function. */
export const fnOf = <F>(f: unknown, call: (args: readonly unknown[]) => unknown): Fn<F> =>
  Object.assign((...args: readonly unknown[]) => call(args), { '~fn': f }) as unknown as Fn<F>
