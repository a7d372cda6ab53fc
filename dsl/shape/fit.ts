import type { Tensor } from '../tensor.ts'
import { agree, type Dim, type Extents, type Shape, type Wide } from './dim.ts'

/**
 * What stands in S before its ending T, and which names of T stand for other dims there, as a union of pairs [name,
 * dim]; undefined where S does not end so.
 */
export type Ends<S extends Shape, T extends Shape, Pairs = never> = number extends S['length'] | T['length']
  ? { lead: []; pairs: Pairs }
  : { s: S; t: T } extends {
        s: readonly [...infer MoreS extends Shape, infer s extends Dim]
        t: readonly [...infer MoreT extends Shape, infer t extends Dim]
      }
    ? { d: s } extends { d: t }
      ? Ends<MoreS, MoreT, Pairs>
      : Wide<s | t> extends true
        ? Ends<MoreS, MoreT, Pairs>
        : t extends string
          ? Ends<MoreS, MoreT, Pairs | [t, s]>
          : undefined
    : T extends readonly []
      ? { lead: S; pairs: Pairs }
      : undefined

/** Whether a tensor of shape A may stand where T is asked for. With Bind, the names of T stand for any size. */
export type Fits<A extends Shape, T extends Shape, Bind = false> =
  Ends<A, T> extends {
    lead: readonly []
    pairs: infer Pairs
  }
    ? Bind extends true
      ? true
      : [Pairs] extends [never]
        ? true
        : false
    : false

/** The leading dims of T put before those of a tensor. */
export type Under<Lead, T> = Lead extends Shape
  ? T extends Tensor<infer S, infer D>
    ? Tensor<[...Lead, ...S], D>
    : never
  : never

/** Whether a shape may stand where dims are asked for whose names stand for any size. */
export const fitsBinding = (given: Extents, needed: Shape): boolean =>
  given.length === needed.length &&
  needed.every((dim, i) => typeof dim === 'string' || agree(given[i]!, { dim, size: dim }))

/** Whether a shape may stand where another is asked for. */
export const fits = (given: Extents, needed: Extents): boolean =>
  given.length === needed.length && needed.every((at, i) => agree(given[i]!, at))
