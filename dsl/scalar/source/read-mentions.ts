import { type Mention, mentionsIn } from './expression.ts'
import { checkMentions } from './mentions.ts'
import { readFunction } from './read-function.ts'

/**
 * What a function names outside of itself, as its text tells before it runs. What it uses is there or not, which is
 * only known then; but it may not be the variable that holds the function itself, unless what it uses `isGiven`.
 *
 * Throws a Mistake where the function cannot be compiled.
 */
export function readMentions(text: string, holder: string | undefined, isGiven: boolean): readonly Mention[] {
  const source = readFunction(text)
  const mentions = mentionsIn(source.body)
  const others = mentions.filter(({ path }) => isGiven || path !== holder)
  checkMentions(source, new Map(others.map(({ name }) => [name, 'unknown'])), holder)
  return mentions
}
