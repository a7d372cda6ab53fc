// What an einsum's spec says, as numpy reads it: 'ij,jk->ik'. A letter names an axis; '...' stands for any axes, which
// are aligned at the right and broadcast; spaces mean nothing. Without an arrow the result has '...' and then, in
// alphabetical order, each letter that is named once.

/** The letters before and after an operand's '...'; without one all stand before. */
export interface Subscripts {
  readonly text: string
  readonly before: string
  readonly after: string
  readonly dots: boolean
}
export interface Spec {
  readonly operands: readonly Subscripts[]
  readonly result: Subscripts
}

/** A spec taken apart, or what is wrong with it. */
export type Parse<S extends string> =
  Packed<S> extends `${infer From}->${infer To}`
    ? Checked<Operands<From>, Term<To>, Letters<Operands<From>>>
    : Checked<Operands<Packed<S>>, Implied<Operands<Packed<S>>>, Letters<Operands<Packed<S>>>>

type Packed<S extends string> = S extends `${infer A} ${infer B}` ? Packed<`${A}${B}`> : S

type Operands<S extends string, Done extends readonly Subscripts[] = []> = S extends `${infer Head},${infer Rest}`
  ? Operands<Rest, [...Done, Term<Head>]>
  : [...Done, Term<S>]
type Term<S extends string> = S extends `${infer Before}...${infer After}`
  ? { text: S; before: Before; after: After; dots: true }
  : { text: S; before: S; after: ''; dots: false }

/** All letters of the operands, as often as they are named. */
type Letters<O extends readonly Subscripts[], Done extends string = ''> = O extends readonly [
  infer Head extends Subscripts,
  ...infer Rest extends readonly Subscripts[],
]
  ? Letters<Rest, `${Done}${Head['before']}${Head['after']}`>
  : Done

type Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
type Letter<S extends string = Alphabet, Done = never> = S extends `${infer Head}${infer Rest}`
  ? Letter<Rest, Done | Head>
  : Done
/** The first character that is no letter; never where all are. */
type NotLetter<S extends string> = S extends `${infer Head}${infer Rest}`
  ? Head extends Letter
    ? NotLetter<Rest>
    : Head
  : never

type Implied<O extends readonly Subscripts[]> = true extends O[number]['dots']
  ? Term<`...${Once<Letters<O>>}`>
  : Term<Once<Letters<O>>>
/** The letters that are named once, in alphabetical order. */
type Once<
  Named extends string,
  Seen extends string = '',
  Done extends string = '',
> = Named extends `${infer L}${infer Rest}`
  ? `${Seen}${Rest}` extends `${string}${L}${string}`
    ? Once<Rest, `${Seen}${L}`, Done>
    : Once<Rest, `${Seen}${L}`, Insert<Done, L>>
  : Done
type Insert<
  Sorted extends string,
  L extends string,
  Before extends string = '',
> = Sorted extends `${infer Head}${infer Rest}`
  ? Alphabet extends `${string}${Head}${string}${L}${string}`
    ? Insert<Rest, L, `${Before}${Head}`>
    : `${Before}${L}${Sorted}`
  : `${Before}${L}`

type Checked<O extends readonly Subscripts[], R extends Subscripts, Named extends string> = [
  NotLetter<`${Named}${R['before']}${R['after']}`>,
] extends [never]
  ? [Strange<`${R['before']}${R['after']}`, Named>] extends [never]
    ? [true, R['dots']] extends [O[number]['dots'], false]
      ? "'...' is missing in the result"
      : { operands: O; result: R }
    : Strange<`${R['before']}${R['after']}`, Named>
  : `'${NotLetter<`${Named}${R['before']}${R['after']}`>}' is not a letter`
/** Why letters cannot be those of a result. */
type Strange<Result extends string, Named extends string> = Result extends `${infer L}${infer Rest}`
  ? Rest extends `${string}${L}${string}`
    ? `${L} stands twice in the result`
    : Named extends `${string}${L}${string}`
      ? Strange<Rest, Named>
      : `${L} is in no operand`
  : never

export function parse(spec: string): Spec | string {
  const packed = spec.replaceAll(' ', '')
  const arrow = packed.indexOf('->')
  const operands = (arrow < 0 ? packed : packed.slice(0, arrow)).split(',').map(term)
  const named = operands.map(lettersOf).join('')
  const dots = operands.some((operand) => operand.dots)
  const result = term(arrow < 0 ? `${dots ? '...' : ''}${once(named)}` : packed.slice(arrow + 2))
  const wrong = /[^A-Za-z]/u.exec(named + lettersOf(result))
  if (wrong) return `'${wrong[0]}' is not a letter`
  const letters = lettersOf(result)
  for (const [i, letter] of [...letters].entries()) {
    if (letters.includes(letter, i + 1)) return `${letter} stands twice in the result`
    if (!named.includes(letter)) return `${letter} is in no operand`
  }
  return dots && !result.dots ? "'...' is missing in the result" : { operands, result }
}

function term(text: string): Subscripts {
  const at = text.indexOf('...')
  return at < 0
    ? { text, before: text, after: '', dots: false }
    : { text, before: text.slice(0, at), after: text.slice(at + 3), dots: true }
}
const once = (named: string): string =>
  [...named]
    .filter((letter) => named.indexOf(letter) === named.lastIndexOf(letter))
    .sort()
    .join('')
export const lettersOf = ({ before, after }: Subscripts): string => before + after
