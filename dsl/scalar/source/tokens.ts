import { Mistake } from './mistake.ts'

/**
 * A word of a source. Of strings and templates only the quote that they begin with, since nothing that has one is read
 * on.
 */
export interface Token {
  readonly kind: 'number' | 'name' | 'mark' | 'quote' | 'end'
  readonly text: string
  readonly at: number
  readonly end: number
  /** Whether a line ends before it, where JavaScript may put a semicolon. */
  readonly onNewLine: boolean
}

const gap = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y
const words = [
  [
    'number',
    /0[xX][\da-fA-F_]+n?|0[bB][01_]+n?|0[oO][0-7_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?n?/y,
  ],
  ['name', /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy],
  ['quote', /['"`]/y],
  [
    'mark',
    /=>|\.\.\.|>>>=|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\*\*|\+\+|--|[+\-*/%&|^]=|<<|>>|[{}()[\];,<>+\-*/%&|^!~?:=.@#]/y,
  ],
] as const satisfies readonly (readonly [Token['kind'], RegExp])[]

/**
 * The token that comes at or after an offset. Tokens are read one by one, as where a regular expression ends only its
 * reader would know.
 */
export function tokenFrom(source: string, from: number): Token {
  const at = from + match(gap, source, from).length
  const onNewLine = /[\n\r\u2028\u2029]/.test(source.slice(from, at))
  if (at >= source.length) return { kind: 'end', text: 'the end', at, end: at, onNewLine }
  for (const [kind, pattern] of words) {
    const text = match(pattern, source, at)
    if (text !== '') return { kind, text, at, end: at + text.length, onNewLine }
  }
  throw new Mistake(`${source[at]} is not read here`, at)
}

function match(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? ''
}

/** What the text of a number stands for. */
export function numberOf({ text, at }: Token): number {
  if (/^0\d/.test(text)) throw new Mistake(`${text} begins with 0, which may mean octal: write it without`, at)
  if (text.endsWith('n')) throw new Mistake(`${text} is a bigint, which is not compiled: write a number`, at)
  return Number(text.replaceAll('_', ''))
}
