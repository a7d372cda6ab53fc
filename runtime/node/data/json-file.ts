import { DataError } from '../../data/data-error.ts'

/** What JSON says; `from` is the byte of the file at which the text begins. Throws a DataError where it is none, with the byte at which it stops being JSON. */
export function parseJson(file: string, text: string, from = 0): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const said = `expected JSON, found: ${(error as Error).message}`
    throw new DataError(file, from + bytesBefore(text, firstWrong(text)), said, { cause: error })
  }
}

const token =
  /[ \t\n\r]*(?:([[\]{},:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y

/** Where a text stops being JSON, which engines do not always say: the place of the first token that cannot follow those before it, or the end. */
function firstWrong(text: string): number {
  /** The brackets that are open. */
  const open: string[] = []
  /** What may come next: letters of kinds of tokens. */
  let next = 'v[{'
  const afterValue = () => (open.length === 0 ? '' : open.at(-1) === '[' ? ',]' : ',}')
  for (let at = 0; ; ) {
    token.lastIndex = at
    const found = token.exec(text)
    const [all, mark, string, other] = found ?? []
    const kind =
      mark ?? (string !== undefined ? (next.includes('k') ? 'k' : 'v') : other !== undefined ? 'v' : undefined)
    if (kind === undefined || !next.includes(kind)) return at + /^[ \t\n\r]*/.exec(text.slice(at))![0].length
    at += all!.length
    if (kind === '[') next = 'v[{]'
    else if (kind === '{') next = 'k}'
    else if (kind === 'k') next = ':'
    else if (kind === ':') next = 'v[{'
    else if (kind === ',') next = open.at(-1) === '[' ? 'v[{' : 'k'
    else {
      if (kind !== 'v') open.pop()
      next = afterValue()
    }
    if (kind === '[' || kind === '{') open.push(kind)
  }
}

/** How many bytes of UTF-8 stand before a place in a text. */
export const bytesBefore = (text: string, at: number): number => Buffer.byteLength(text.slice(0, at))

/** The place in a text of item `index` of the list that a name has there, which is one of numbers. */
export function placeOfItem(text: string, name: string, index: number): number {
  let at = text.indexOf('[', text.indexOf(JSON.stringify(name))) + 1
  for (let item = 0; item < index; item++) at = text.indexOf(',', at) + 1
  return at + /^\s*/.exec(text.slice(at, at + 64))![0].length
}
