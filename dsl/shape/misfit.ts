import type { Tensor } from '../tensor.ts'
import type { Extents, Shape, Show } from './dim.ts'
import { show } from './dim.ts'
import type { DType } from './dtype.ts'
import type { Fits } from './fit.ts'

/** The keys of a record, the positions of a tuple. */
export type Fields<T> = T extends readonly unknown[] ? keyof T & `${number}` : keyof T

/** Check: tree A may stand where T is asked for. With Bind, the names in T stand for any size. */
export type Misfit<T, A, At extends string, Bind = false> = unknown extends A
  ? never
  : { a: A } extends { a: T }
    ? never
    : T extends Tensor<infer S, infer D>
      ? A extends Tensor<infer U, infer E>
        ? { d: E } extends { d: D }
          ? Fits<U, S, Bind> extends true
            ? never
            : `shape error: ${At} is ${Show<U>}, needs ${Show<S>}`
          : `dtype error: ${At} is ${E}, needs ${D}`
        : `type error: ${At} is not a tensor ${Show<S>} of ${D}`
      : {
          [K in Fields<T>]: K extends keyof A
            ? Misfit<T[K], A[K], `${At}.${K & string}`, Bind>
            : `type error: ${At}.${K & string} is missing`
        }[Fields<T>]

/** The words of a leaf that does not fit, in the order in which the type looks. */
export function misfitOf(
  at: string,
  needed: { readonly shape: Shape | Extents; readonly dtype: DType },
  given: { readonly shape: Extents; readonly dtype: DType } | undefined,
  fits: (given: Extents) => boolean,
): string | undefined {
  if (!given) return `type error: ${at} is not a tensor ${show(needed.shape)} of ${needed.dtype}`
  if (given.dtype !== needed.dtype) return `dtype error: ${at} is ${given.dtype}, needs ${needed.dtype}`
  if (!fits(given.shape)) return `shape error: ${at} is ${show(given.shape)}, needs ${show(needed.shape)}`
  return undefined
}
export const missing = (at: string): string => `type error: ${at} is missing`
