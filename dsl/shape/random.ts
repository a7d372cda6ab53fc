import { described } from '../error.ts'
import type { AnyTensor, Tensor } from '../tensor.ts'
import { axisOf, type Cut, type OutOfRange } from './axis.ts'
import { type Broadcast, broadcastShapes } from './broadcast.ts'
import { type Dim, type Extents, type Shape, type Show, show } from './dim.ts'
import type { DType } from './dtype.ts'
import { type Fits, fits } from './fit.ts'
import type { Below } from './order.ts'

/** Check: A is one random key. */
export type OneKey<Op extends string, A extends AnyTensor> = A extends { dtype: 'key' }
  ? A extends { shape: readonly [] }
    ? never
    : number extends A['shape']['length']
      ? never
      : `shape error: ${Op}: the key is ${Show<A['shape']>}, needs []; vmap over a tensor of keys`
  : DType extends A['dtype']
    ? never
    : `dtype error: ${Op}: ${A['dtype']} is not a key; a program takes one as key()`

export function oneKey(op: string, dtype: DType, shape: Shape): string | undefined {
  if (dtype !== 'key') return `dtype error: ${op}: ${dtype} is not a key; a program takes one as key()`
  return shape.length === 0
    ? undefined
    : `shape error: ${op}: the key is ${show(shape)}, needs []; vmap over a tensor of keys`
}

/** Check: a count of keys is a whole number from 1. */
export type KeyCount<N> = N extends number
  ? `${N}` extends `-${string}` | '0' | `${string}.${string}`
    ? `type error: split: ${N} is not a number of keys; write 1 or more`
    : never
  : never

export const keyCount = (count: number): string | undefined =>
  Number.isInteger(count) && count > 0
    ? undefined
    : `type error: split: ${count} is not a number of keys; write 1 or more`

/** Check: D is what a key can be made of: a whole number, or a scalar tensor of them. */
export type WholeNumber<Op extends string, D> =
  D extends Tensor<infer S, infer E>
    ? [E] extends ['f32' | 'f16' | 'bool' | 'key']
      ? `dtype error: ${Op}: ${E} is not a whole number; use i32 or u32`
      : number extends S['length']
        ? never
        : S extends readonly []
          ? never
          : `shape error: ${Op}: the number is ${Show<S>}, needs []; vmap over it`
    : D extends number
      ? number extends D
        ? never
        : `${D}` extends `${bigint}` | `${string}e${string}`
          ? never
          : `type error: ${Op}: ${D} is not a whole number`
      : never

export function wholeNumber(op: string, dtype: DType, shape: Shape): string | undefined {
  if (dtype !== 'i32' && dtype !== 'u32') return `dtype error: ${op}: ${dtype} is not a whole number; use i32 or u32`
  return shape.length === 0 ? undefined : `shape error: ${op}: the number is ${show(shape)}, needs []; vmap over it`
}

/** Check: a literal P lies in 0 .. 1. */
export type Probability<Op extends string, P> = P extends number
  ? [Below<P, 0>] extends [true]
    ? NotProbability<Op, P>
    : [Below<1, P>] extends [true]
      ? NotProbability<Op, P>
      : never
  : never
type NotProbability<
  Op extends string,
  P extends number,
> = `type error: ${Op}: ${P} is not a probability; write a number from 0 to 1`

export const probability = (op: string, p: number): string | undefined =>
  typeof p === 'number' && p >= 0 && p <= 1
    ? undefined
    : `type error: ${op}: ${described(p)} is not a probability; write a number from 0 to 1`

/** Check: the literal Max is not below Min. */
export type NotAbove<Op extends string, Min extends number, Max extends number> = [Below<Max, Min>] extends [true]
  ? `type error: ${Op}: min ${Min} is above max ${Max}`
  : never

export const notAbove = (op: string, min: number, max: number): string | undefined =>
  numbersCheck(op, [min, max]) ?? (min <= max ? undefined : `type error: ${op}: min ${min} is above max ${max}`)

/** Check: the literal A is below B. */
export type InOrder<Op extends string, A extends number, B extends number> = [Below<A, B>] extends [false]
  ? `type error: ${Op}: ${A} is not below ${B}`
  : never

export const inOrder = (op: string, a: number, b: number): string | undefined =>
  numbersCheck(op, [a, b]) ?? (a < b ? undefined : `type error: ${op}: ${a} is not below ${b}`)

function numbersCheck(op: string, given: readonly unknown[]): string | undefined {
  const stray = given.find((one) => typeof one !== 'number')
  return given.every((one) => typeof one === 'number')
    ? undefined
    : `type error: ${op}: ${described(stray)} is not a number`
}

/** Check: T stretches to S. */
export type Stretches<Op extends string, T extends Shape, S extends Shape> =
  Broadcast<Op, S, T, 'f32'> extends infer R
    ? R extends Tensor<infer U, infer _>
      ? Fits<U, S> extends true
        ? never
        : `shape error: ${Op}: ${Show<T>} does not stretch to ${Show<S>}`
      : R
    : never

export function stretches(op: string, from: Extents, to: Extents): string | undefined {
  const shape = broadcastShapes(op, to, from)
  if (typeof shape === 'string') return shape
  return fits(shape, to) ? undefined : `shape error: ${op}: ${show(from)} does not stretch to ${show(to)}`
}

/** A without axis X: what is drawn where each part along the axis is one distribution. */
export type Without<Op extends string, A, X extends number> =
  A extends Tensor<infer S, infer _>
    ? Cut<S, X> extends { before: infer Before extends Shape; after: readonly [unknown, ...infer After extends Shape] }
      ? [...Before, ...After]
      : number extends S['length']
        ? Shape
        : OutOfRange<Op, S, X>
    : never

/**
 * What is drawn along axis X of A, or of 0 .. A - 1 where A is a size, takes the place of the axis with the shape T.
 */
export type Drawn<Op extends string, A, X extends number, T extends Shape> = A extends Dim
  ? Tensor<T, 'i32'>
  : A extends Tensor<infer S, infer D>
    ? Cut<S, X> extends { before: infer Before extends Shape; after: readonly [unknown, ...infer After extends Shape] }
      ? Tensor<[...Before, ...T, ...After], D>
      : number extends S['length']
        ? Tensor<Shape, D>
        : OutOfRange<Op, S, X>
    : never

/** The axis from the front, and the shapes before and after it. */
export function cut(
  op: string,
  shape: Extents,
  axis: number,
): { axis: number; before: Extents; after: Extents } | string {
  const at = axisOf(op, shape, axis)
  return typeof at === 'string' ? at : { axis: at, before: shape.slice(0, at), after: shape.slice(at + 1) }
}
