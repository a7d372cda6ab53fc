import { type Node, nameOf, nodeIn, nodesIn } from './syntax.ts'

/** Text to be put in at an offset of the source. */
export interface Insertion {
  readonly at: number
  readonly text: string
}

/**
 * The record of options that a call is given after so many arguments. Undefined: there are other arguments than can be
 * read here, or what they hold cannot.
 */
export function optionsAfter(call: Node, count: number): { readonly options: Node | undefined } | undefined {
  const given = nodesIn(call, 'arguments')
  if (given.length < count || given.length > count + 1 || given.some(({ type }) => type === 'SpreadElement'))
    return undefined
  const options = given[count]
  const isRead =
    !options ||
    (options.type === 'ObjectExpression' &&
      nodesIn(options, 'properties').every((one) => one.type === 'Property' && !one.computed))
  return isRead ? { options } : undefined
}

export const hasOption = (options: Node | undefined, name: string): boolean =>
  options !== undefined && nodesIn(options, 'properties').some((one) => nameOf(nodeIn(one, 'key')) === name)

/** What gives a call these options beside those that it has. */
export function inserting(call: Node, options: Node | undefined, added: readonly string[], code: string): Insertion {
  const text = added.join(', ')
  if (options) {
    const [first] = nodesIn(options, 'properties')
    return { at: options.start + 1, text: ` ${text}${first ? ',' : ' '}` }
  }
  const last = nodesIn(call, 'arguments').at(-1)!
  const isEnded = endsInComma(code, last.end, call.end - 1)
  return { at: call.end - 1, text: `${isEnded ? ' ' : ', '}{ ${text} }` }
}

/**
 * Whether there is a comma between the last argument and the end of its list, where only parentheses and comments may
 * stand.
 */
const endsInComma = (code: string, from: number, to: number): boolean =>
  code
    .slice(from, to)
    .replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '')
    .includes(',')
