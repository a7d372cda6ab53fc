import { described } from '../error.ts'
import type { Tensor } from '../tensor.ts'
import type { Times } from './arithmetic.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import type { Negative } from './difference.ts'
import type { Dim, Extent, Extents, Shape, Sized } from './dim.ts'
import { type Listed, listed } from './listed.ts'

/** A with each element along axis X repeated N times. */
export type Repeat<A, N extends number, X extends number> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | X
      ? Tensor<Shape, D>
      : Cut<S, X> extends {
            before: infer Before extends Shape
            after: readonly [infer d extends Dim, ...infer After extends Shape]
          }
        ? Negative<N> extends true
          ? `shape error: repeat: ${N} is not a number of copies`
          : Tensor<[...Before, Scaled<d, N>, ...After], D>
        : OutOfRange<'repeat', S, X>
    : never

/**
 * A repeated as a whole N[i] times along its axis i; both are aligned at the right, and missing axes and counts are 1.
 */
export type Tile<A, N extends readonly number[]> =
  A extends Tensor<infer S, infer D>
    ? number extends S['length'] | N['length']
      ? Tensor<Shape, D>
      : true extends Negative<N[number]>
        ? `shape error: tile: ${Listed<N>} are not numbers of copies`
        : Tensor<Tiles<S, N>, D>
    : never
type Tiles<S extends Shape, N extends readonly number[], Done extends Shape = []> = N extends readonly [
  ...infer MoreN extends readonly number[],
  infer n extends number,
]
  ? S extends readonly [...infer MoreS extends Shape, infer d extends Dim]
    ? Tiles<MoreS, MoreN, [Scaled<d, n>, ...Done]>
    : Tiles<[], MoreN, [n, ...Done]>
  : [...S, ...Done]

/** A as one axis. */
export type Flatten<A> =
  A extends Tensor<infer S, infer D> ? Tensor<[number extends S['length'] ? number : Product<S>], D> : never
type Product<S extends Shape, Done extends Dim = 1> = S extends readonly [
  infer d extends Dim,
  ...infer Rest extends Shape,
]
  ? Product<Rest, Scaled<Done, d>>
  : Done

/** The product of two dims: a number where a name is multiplied by anything but 1. */
export type Scaled<d extends Dim, N extends Dim> = { d: N } extends { d: 1 }
  ? d
  : { d: d } extends { d: 1 }
    ? N
    : [Sized<d>, Sized<N>] extends [true, true]
      ? Times<d & number, N & number>
      : number

/** The product of two dims. */
export function scaled(a: Extent, b: Extent): Extent {
  if (b.dim === 1) return a
  if (a.dim === 1) return b
  return { dim: a.size * b.size, size: a.size * b.size }
}
const one: Extent = { dim: 1, size: 1 }

export function repeatShape(shape: Extents, count: number, axis: number): { axis: number; shape: Extents } | string {
  const at = axisOf('repeat', shape, axis)
  if (typeof at === 'string') return at
  if (!isCount(count)) return `shape error: repeat: ${described(count)} is not a number of copies`
  return { axis: at, shape: shape.with(at, scaled(shape[at]!, { dim: count, size: count })) }
}

/** The shape with a 1 for each axis that it lacks, the counts likewise, and the product of both. */
export function tileShape(
  shape: Extents,
  counts: readonly number[],
): { from: Extents; counts: readonly number[]; shape: Extents } | string {
  if (!counts.every(isCount)) return `shape error: tile: ${listed(counts)} are not numbers of copies`
  const rank = Math.max(shape.length, counts.length)
  const from = [...new Array<Extent>(rank - shape.length).fill(one), ...shape]
  const all = [...new Array<number>(rank - counts.length).fill(1), ...counts]
  return { from, counts: all, shape: from.map((at, i) => scaled(at, { dim: all[i]!, size: all[i]! })) }
}

export const flatShape = (shape: Extents): Extents => [shape.reduce(scaled, one)]

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
