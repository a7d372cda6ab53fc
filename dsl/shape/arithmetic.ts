import { described, FluxionError } from '../error.ts'
import { authorFrame } from '../trace/frame.ts'
import type { Dim, Extent, Wide } from './dim.ts'

// Decimal arithmetic on literal types. A digit is counted out in a tuple; a number is its string of digits, lowest
// first.

export type Ones = {
  0: []
  1: [0]
  2: [0, 0]
  3: [0, 0, 0]
  4: [0, 0, 0, 0]
  5: [0, 0, 0, 0, 0]
  6: [0, 0, 0, 0, 0, 0]
  7: [0, 0, 0, 0, 0, 0, 0]
  8: [0, 0, 0, 0, 0, 0, 0, 0]
  9: [0, 0, 0, 0, 0, 0, 0, 0, 0]
}
export type Digit = keyof Ones

export type Flip<S extends string, Done extends string = ''> = S extends `${infer Head}${infer Rest}`
  ? Flip<Rest, `${Head}${Done}`>
  : Done

/** A + B + Carried, lowest digit first. */
type Add<
  A extends string,
  B extends string,
  Carried extends 0[] = [],
  Done extends string = '',
> = A extends `${infer a extends Digit}${infer MoreA}`
  ? B extends `${infer b extends Digit}${infer MoreB}`
    ? Write<MoreA, MoreB, [...Ones[a], ...Ones[b], ...Carried], Done>
    : Write<MoreA, '', [...Ones[a], ...Carried], Done>
  : B extends ''
    ? Carried extends []
      ? Done
      : `${Done}1`
    : Add<B, '', Carried, Done>
/** Writes the lowest digit of Count and carries the rest into A + B. */
type Write<A extends string, B extends string, Count extends 0[], Done extends string> = `${Count['length'] &
  number}` extends `1${infer low extends Digit}`
  ? Add<A, B, [0], `${Done}${low}`>
  : Add<A, B, [], `${Done}${Count['length'] & number}`>

type Multiples<A extends string> = {
  0: '0'
  1: A
  2: Add<A, A>
  3: Add<A, Multiples<A>[2]>
  4: Add<A, Multiples<A>[3]>
  5: Add<A, Multiples<A>[4]>
  6: Add<A, Multiples<A>[5]>
  7: Add<A, Multiples<A>[6]>
  8: Add<A, Multiples<A>[7]>
  9: Add<A, Multiples<A>[8]>
}
/** A (lowest digit first) times B (highest digit first), by Horner's rule. */
type Multiply<A extends string, B extends string, Done extends string = ''> = B extends `${infer b extends
  Digit}${infer MoreB}`
  ? Multiply<A, MoreB, Add<Done extends '' ? '' : `0${Done}`, Multiples<A>[b]>>
  : Done
export type Read<S extends string> = S extends `${infer N extends number}` ? N : number

/** The product of two literal sizes. */
export type Times<A extends number, B extends number> = number extends A | B
  ? number
  : A extends 1
    ? B
    : B extends 1
      ? A
      : 0 extends A | B
        ? 0
        : Read<Flip<Multiply<Flip<`${A}`>, `${B}`>>>

/** The sum of two dims: a literal for literals, 'n+1' where a name is involved. */
export type Plus<A extends Dim, B extends Dim> = A extends number
  ? B extends number
    ? number extends A | B
      ? number
      : Read<Flip<Add<Flip<`${A}`>, Flip<`${B}`>>>>
    : NamedSum<A, B>
  : NamedSum<A, B>
type NamedSum<A extends Dim, B extends Dim> = Wide<A | B> extends true ? number : `${A}+${B}`

/** a * b, of literal type where both are. */
export function times<A extends number, B extends number>(a: A, b: B): Times<A, B> {
  checkNumbers('times', a, b)
  return (a * b) as Times<A, B>
}

/** a + b, of literal type where both are. */
export function plus<A extends number, B extends number>(a: A, b: B): Plus<A, B> {
  checkNumbers('plus', a, b)
  return (a + b) as Plus<A, B>
}

function checkNumbers(op: string, a: unknown, b: unknown): void {
  for (const x of [a, b])
    if (typeof x !== 'number')
      throw new FluxionError(`type error: ${op}: ${described(x)} is not a number`, { scope: [], frame: authorFrame() })
}

export const plusDim = (a: Dim, b: Dim): Dim => (typeof a === 'number' && typeof b === 'number' ? a + b : `${a}+${b}`)

export const plusExtent = (a: Extent, b: Extent): Extent => ({ dim: plusDim(a.dim, b.dim), size: a.size + b.size })
