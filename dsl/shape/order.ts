// The order of two literal numbers, by the digits that they are written with. What is not a decimal fraction, such as
// 1e-7, is not decided here; tracing decides it.

/** Whether A is below B; `boolean` where the types do not tell. */
export type Below<A extends number, B extends number> = number extends A | B
  ? boolean
  : `${A}` | `${B}` extends infer N
    ? N extends `${string}e${string}`
      ? boolean
      : Decided<`${A}`, `${B}`>
    : never
type Decided<A extends string, B extends string> = A extends `-${infer a}`
  ? B extends `-${infer b}`
    ? Magnitudes<b, a>
    : true
  : B extends `-${string}`
    ? false
    : Magnitudes<A, B>

/** Of two decimals without sign. */
type Magnitudes<A extends string, B extends string> =
  Wholes<Whole<A>, Whole<B>> extends infer R ? (R extends undefined ? Fractions<Fraction<A>, Fraction<B>> : R) : never
type Whole<A extends string> = A extends `${infer W}.${string}` ? W : A
type Fraction<A extends string> = A extends `${string}.${infer F}` ? F : ''

/**
 * Without leading zeros the longer one is greater, and of two as long the first digit that differs decides. Undefined:
 * they are equal.
 */
type Wholes<A extends string, B extends string, First = undefined> = A extends `${infer a}${infer MoreA}`
  ? B extends `${infer b}${infer MoreB}`
    ? Wholes<MoreA, MoreB, First extends undefined ? Digits<a, b> : First>
    : false
  : B extends ''
    ? First
    : true
/** Without trailing zeros the first digit that differs decides, and else the longer one is greater. */
type Fractions<A extends string, B extends string> = A extends `${infer a}${infer MoreA}`
  ? B extends `${infer b}${infer MoreB}`
    ? Digits<a, b> extends infer R
      ? R extends undefined
        ? Fractions<MoreA, MoreB>
        : R
      : never
    : false
  : B extends ''
    ? false
    : true
type Digits<a extends string, b extends string> = a extends b
  ? undefined
  : '0123456789' extends `${string}${a}${string}${b}${string}`
    ? true
    : false
