import { type Mention, Mistake, readMentions } from '../dsl/scalar/source/index.ts'
import { type Call, callsOf, importedFrom } from './imported.ts'
import { hasOption, type Insertion, inserting, optionsAfter } from './options.ts'
import { isFunction, type Node, nodesIn } from './syntax.ts'

/**
 * What gives every scalar function of a module its name, and what it names outside of itself: `const a = scalar((x) =>
 * x * k)` becomes `const a = scalar((x) => x * k, { name: 'a', uses: { k }, source: '(x) => x * k' })`. The text goes
 * along because a bundler renames k in the function, but not in `uses`. Only calls of what the module imports from
 * 'fluxion' are meant, under whatever name; options that are there stay, and a call whose options cannot be read here
 * stays as it is.
 *
 * Throws a Mistake, at an offset of the code, where a function is written into the call and cannot be compiled.
 */
export const scalarInsertions = (module: Node, code: string): readonly Insertion[] =>
  callsOf(module, importedFrom(module, 'scalar'))
    .flatMap((found) => insertionsAt(found, code))
    .sort((a, b) => a.at - b.at)

function insertionsAt(found: Call, code: string): readonly Insertion[] {
  const { call, holder } = found
  const [fn] = nodesIn(call, 'arguments')
  const read = optionsAfter(call, 1)
  if (!fn || !read) return []
  const { options } = read
  const text = isFunction(fn) ? code.slice(fn.start, fn.end) : ''
  const mentions = isFunction(fn) ? mentionsAt(text, fn.start, found, hasOption(options, 'uses')) : []
  const wanted: readonly (readonly [name: string, value: string])[] = [
    ...(holder === undefined ? [] : [['name', `'${holder}'`] as const]),
    ...(mentions.length > 0 ? [['uses', usesOf(mentions)] as const, ['source', JSON.stringify(text)] as const] : []),
  ]
  const added = wanted.filter(([name]) => !hasOption(options, name)).map(([name, value]) => `${name}: ${value}`)
  return added.length > 0 ? [inserting(call, options, added, code)] : []
}

/** What a function names outside of itself. */
function mentionsAt(text: string, start: number, { holder }: Call, isGiven: boolean): readonly Mention[] {
  try {
    return readMentions(text, holder, isGiven)
  } catch (error) {
    throw error instanceof Mistake ? new Mistake(error.message, start + error.at) : error
  }
}

/** `{ k, rate: rates.rate }` */
function usesOf(mentions: readonly Mention[]): string {
  const entries = mentions.map(({ name, path }) => (name === path ? name : `${name}: ${path}`))
  return `{ ${[...new Set(entries)].join(', ')} }`
}
