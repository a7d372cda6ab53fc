import type { Digit, Flip, Ones, Plus, Read, Times } from './arithmetic.ts'

// Differences and quotients of literal sizes, in the decimal arithmetic of sums.

type Ten = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]

/** A - B - Borrowed, lowest digit first; undefined where it is negative. */
type Subtract<
  A extends string,
  B extends string,
  Borrowed extends 0[] = [],
  Done extends string = '',
> = A extends `${infer a extends Digit}${infer MoreA}`
  ? B extends `${infer b extends Digit}${infer MoreB}`
    ? Lend<[...Ten, ...Ones[a]], [...Ones[b], ...Borrowed], MoreA, MoreB, Done>
    : Lend<[...Ten, ...Ones[a]], Borrowed, MoreA, '', Done>
  : [B, Borrowed] extends ['', []]
    ? Done
    : undefined
/** Takes a digit from ten more than a digit: where less than ten is left, the next digit has lent. */
type Lend<From extends 0[], Take extends 0[], A extends string, B extends string, Done extends string> = From extends [
  ...Take,
  ...infer Left extends 0[],
]
  ? `${Left['length'] & number}` extends `1${infer low extends Digit}`
    ? Subtract<A, B, [], `${Done}${low}`>
    : Subtract<A, B, [0], `${Done}${Left['length'] & number}`>
  : never

/** Digits, highest first, as a number. */
type ReadDigits<S extends string> = S extends '0' ? 0 : S extends `0${infer Rest}` ? ReadDigits<Rest> : Read<S>

/** A - B for sizes; undefined where it is negative. */
export type Minus<A extends number, B extends number> = number extends A | B
  ? number
  : B extends 0
    ? A
    : Subtract<Flip<`${A}`>, Flip<`${B}`>> extends infer Difference extends string
      ? ReadDigits<Flip<Difference>>
      : undefined

/** How often B (lowest digit first) goes into A, fewer than ten times, and what is left. */
type Goes<A extends string, B extends string, Count extends 0[] = []> =
  Subtract<A, B> extends infer Less extends string
    ? Goes<Less, B, [...Count, 0]>
    : { times: Count['length'] & number; left: A }
/** A (highest digit first) by B (lowest digit first), as on paper. */
type Divide<
  A extends string,
  B extends string,
  Left extends string = '',
  Done extends string = '',
> = A extends `${infer digit}${infer More}`
  ? Goes<`${digit}${Left}`, B> extends { times: infer Times extends number; left: infer Rest extends string }
    ? Divide<More, B, Rest, `${Done}${Times}`>
    : never
  : Done

/** The whole part of A / B for sizes. */
export type DivideFloor<A extends number, B extends number> = number extends A | B
  ? number
  : B extends 1
    ? A
    : B extends 0
      ? number
      : ReadDigits<Divide<`${A}`, Flip<`${B}`>>>

/** A / B rounded up, for sizes. */
export type DivideCeil<A extends number, B extends number> = B extends 1
  ? A
  : DivideFloor<Plus<A, Minus<B, 1> & number> & number, B>

/** Whether B goes into A. */
export type Divides<A extends number, B extends number> = number extends A | B
  ? true
  : { n: Times<DivideFloor<A, B>, B> } extends { n: A }
    ? true
    : false

/** Whether a number literal is below 0; of several, both where they differ. */
export type Negative<N extends number> = N extends number ? (`${N}` extends `-${string}` ? true : false) : never
