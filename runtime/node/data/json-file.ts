import { DataError } from '../../data/data-error.ts'

/**
 * What JSON says; `from` is the byte of the file at which the text begins. Throws a DataError where it is none, with
 * the byte at which it stops being JSON.
 */
export function parseJson(file: string, text: string, from = 0): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const said = `expected JSON, found: ${(error as Error).message}`
    throw new DataError(file, from + bytesBefore(text, firstWrong(text)), said, { cause: error })
  }
}

const mark = /[ \t\n\r]*([[\]{},:"]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y
/**
 * What follows the quote that begins a string, up to what is no plain character. In parts: an expression for the whole
 * of a long one would take too much of the engine's stack.
 */
const plain = /[ !#-[\]-\uffff]*/y
const escaped = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** The place behind a string whose first quote is before `at`; undefined where it is none. */
function behindString(text: string, at: number): number | undefined {
  for (;;) {
    plain.lastIndex = at
    escaped.lastIndex = at + plain.exec(text)![0].length
    if (text[escaped.lastIndex] === '"') return escaped.lastIndex + 1
    if (!escaped.test(text)) return undefined
    at = escaped.lastIndex
  }
}

/**
 * Where a text stops being JSON, which engines do not always say: the place of the first token that cannot follow those
 * before it, or the end.
 */
function firstWrong(text: string): number {
  /** The brackets that are open. */
  const open: string[] = []
  /** What may come next: letters of kinds of tokens. */
  let next = 'v[{'
  for (let at = 0; ; ) {
    mark.lastIndex = at
    const found = mark.exec(text)?.[1]
    const kind = found === '"' ? (next.includes('k') ? 'k' : 'v') : found && '[]{},:'.includes(found) ? found : 'v'
    const end = found === '"' ? behindString(text, mark.lastIndex) : mark.lastIndex
    if (found === undefined || end === undefined || !next.includes(kind)) return at + spaces(text, at)
    at = end
    if (kind === '[') next = 'v[{]'
    else if (kind === '{') next = 'k}'
    else if (kind === 'k') next = ':'
    else if (kind === ':') next = 'v[{'
    else if (kind === ',') next = open.at(-1) === '[' ? 'v[{' : 'k'
    else {
      if (kind !== 'v') open.pop()
      next = open.length === 0 ? '' : open.at(-1) === '[' ? ',]' : ',}'
    }
    if (kind === '[' || kind === '{') open.push(kind)
  }
}

function spaces(text: string, at: number): number {
  let end = at
  while (' \t\n\r'.includes(text[end] ?? '.')) end += 1
  return end - at
}

/** How many bytes of UTF-8 stand before a place in a text. */
export const bytesBefore = (text: string, at: number): number => Buffer.byteLength(text.slice(0, at))

/** The place in a text of item `index` of the list that a name has there, which is one of numbers. */
export function placeOfItem(text: string, name: string, index: number): number {
  let at = text.indexOf('[', text.indexOf(JSON.stringify(name))) + 1
  for (let item = 0; item < index; item++) at = text.indexOf(',', at) + 1
  return at + /^\s*/.exec(text.slice(at, at + 64))![0].length
}
