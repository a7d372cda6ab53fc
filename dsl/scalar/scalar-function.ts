import type { Broadcast } from '../shape/broadcast.ts'
import type { Shape } from '../shape/dim.ts'
import type { DType } from '../shape/dtype.ts'
import type { Makes, Needs } from '../shape/rule.ts'
import type { Operand, Tensor } from '../tensor.ts'
import type { Definition } from './evaluate.ts'

/**
 * A function of numbers that takes tensors as well. With numbers alone it is the author's function; with a tensor among
 * them it gives a tensor of f32, element by element, whose shape is that to which all of them broadcast.
 */
export type ScalarFunction<Numbers extends readonly number[]> = CallWith<Numbers['length']> & AnyScalarFunction

export interface AnyScalarFunction {
  /** What it is made of, for other scalar functions. */
  readonly '~scalar': Definition
}

type CallWith<Count extends number> = Count extends keyof Calls ? Calls[Count] : Calls[0]

/** By how many numbers there are; 0 stands for more than here. */
interface Calls {
  0: <A extends readonly Operand[]>(...args: { [I in keyof A]: Needs<Complaint<A, I>, A[I]> }) => Result<A>
  1: <A extends Operand>(a: Needs<Complaint<[A], '0'>, A>) => Result<[A]>
  2: <A extends Operand, B extends Operand>(
    a: Needs<Complaint<[A, B], '0'>, A>,
    b: Needs<Complaint<[A, B], '1'>, B>,
  ) => Result<[A, B]>
  3: <A extends Operand, B extends Operand, C extends Operand>(
    a: Needs<Complaint<[A, B, C], '0'>, A>,
    b: Needs<Complaint<[A, B, C], '1'>, B>,
    c: Needs<Complaint<[A, B, C], '2'>, C>,
  ) => Result<[A, B, C]>
  4: <A extends Operand, B extends Operand, C extends Operand, D extends Operand>(
    a: Needs<Complaint<[A, B, C, D], '0'>, A>,
    b: Needs<Complaint<[A, B, C, D], '1'>, B>,
    c: Needs<Complaint<[A, B, C, D], '2'>, C>,
    d: Needs<Complaint<[A, B, C, D], '3'>, D>,
  ) => Result<[A, B, C, D]>
}

/** A number of numbers, else a tensor. */
type Result<A extends readonly unknown[]> = number extends A['length']
  ? number | Tensor<Shape>
  : Joined<A> extends { made: infer Made }
    ? Made
    : never

/** What is wrong with argument I, after those before it. */
type Complaint<A extends readonly unknown[], I> =
  Joined<A> extends { complaints: infer Complaints } ? (I extends keyof Complaints ? Complaints[I] : never) : never

/** What operands make one after the other, and the complaint about each. */
type Joined<
  A extends readonly unknown[],
  Made = number,
  Complaints extends readonly unknown[] = [],
> = A extends readonly [infer X, ...infer Rest]
  ? Joined<Rest, Makes<Join<Made, X>>, [...Complaints, Extract<Join<Made, X>, string>]>
  : { made: Made; complaints: Complaints }

type Join<Made, X> =
  X extends Tensor<infer S, infer D>
    ? [Single<D>] extends [never]
      ? Made extends Tensor<infer T, infer _>
        ? Broadcast<'scalar', T, S, 'f32'>
        : Tensor<S>
      : Single<D>
    : Made

/** Check: D is f32. */
type Single<D extends DType> = { d: D } extends { d: 'f32' }
  ? never
  : DType extends D
    ? never
    : `dtype error: scalar: ${D} is not f32; cast('f32') first`
