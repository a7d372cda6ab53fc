import type { Misfit } from '../shape/misfit.ts'
import type { Needs, Or } from '../shape/rule.ts'
import type { Argument, Named, ResultOf } from './function.ts'
import type { Along, Cotangents } from './selected.ts'

/**
 * A function that is applied to arguments X: one of the author's, whose parameters are then inferred from X, or one
 * that a transform made, or a program. The result is R of the former, and follows from G and P for the latter.
 */
export type Applied<X extends readonly unknown[], R, G, P> = ((...x: NoInfer<X>) => R) | Made<G, P>
interface Made<G, P> {
  readonly '~fn': G
  readonly '~definition'?: P
}

/** What it gives. */
export type ResultAt<X, R, G, P> = [G] extends [never] ? R : ResultOf<Known<G, P>, X>
/** Check: argument K of X fits. Those of an author's function are checked as every call's are. */
export type ArgumentAt<X, K, G, P> = [G] extends [never] ? never : Argument<Known<G, P>, X, K, 'argument'>
type Known<G, P> = [P] extends [never] ? G : G extends (inputs: infer In) => infer Out ? Named<In, Out> : G

/** Check: T is a direction in which X can change. */
export type TangentsOf<Op extends string, X extends readonly unknown[], T extends readonly unknown[]> = Or<
  Count<Op, X, T>,
  { a: T } extends { a: X } ? never : Misfit<Along<X>, T, 'tangent'>
>
type Count<Op extends string, X extends readonly unknown[], T extends readonly unknown[]> = number extends
  | X['length']
  | T['length']
  ? never
  : X['length'] extends T['length']
    ? never
    : `type error: ${Op}: primals are ${X['length']} and tangents ${T['length']}`
export const countOf = (op: string, primals: readonly unknown[], tangents: readonly unknown[]): string | undefined =>
  primals.length === tangents.length
    ? undefined
    : `type error: ${op}: primals are ${primals.length} and tangents ${tangents.length}`

/** The linear map from tangents of X to those of R. */
export interface Push<in out X extends readonly unknown[], in out R> {
  <const T extends readonly unknown[]>(
    ...tangents: {
      [K in keyof T]: Needs<
        Or<
          Count<'push', X, T>,
          K extends keyof X
            ? { a: T[K] } extends { a: X[K] }
              ? never
              : Misfit<Along<X[K]>, T[K], `tangent.${K & string}`>
            : never
        >,
        T[K]
      >
    }
  ): R
  readonly '~fn': (...tangents: X) => R
}

/** The linear map from cotangents of R back to those of X; undefined stands where a tensor of X is not a float. */
export interface Pull<in out X, in out R> {
  <const T>(
    cotangent: Needs<{ a: T } extends { a: R } ? never : Misfit<Along<R>, T, 'the cotangent'>, T>,
  ): Cotangents<X>
  readonly '~fn': (cotangent: R) => Cotangents<X>
}
