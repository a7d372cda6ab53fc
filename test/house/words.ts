import { lineOf, type Sources } from './sources.ts'

interface Word {
  readonly pattern: RegExp
  readonly what: string
  /** The files that it must not stand in. */
  readonly where: (file: string) => boolean
}

const anywhere = (): boolean => true
const isTest = (file: string): boolean => file.startsWith('test/')
const isLibrary = (file: string): boolean => /^(dsl|compiler|runtime|models|testing)\/|^index\.ts$/.test(file)

const words: readonly Word[] = [
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b/g, what: 'a note of unfinished work', where: anywhere },
  {
    pattern: /(?<![\w.~-])\/(work|home|root|Users|mnt|tmp)\/\w|\b[A-Z]:\\\w/g,
    what: 'a path of one machine',
    where: anywhere,
  },
  {
    pattern: /\bconsole\.(?!warn\b)\w+\(|^[ \t]*debugger[ \t]*;?[ \t]*$/gm,
    // Warnings are meant for who trains.
    what: 'a print left from debugging',
    where: isLibrary,
  },
  { pattern: /\b(test|it|describe)(\.\w+)*\.only\b/g, what: 'a filter that hides the other tests', where: isTest },
]

/** Where words stand that finished work does not have, as `file:line: the word is what it is`. */
export const leftovers = (sources: Sources): readonly string[] =>
  [...sources].flatMap(([file, text]) =>
    words
      .filter(({ where }) => where(file))
      .flatMap(({ pattern, what }) =>
        [...text.matchAll(pattern)].map(({ 0: word, index }) => `${file}:${lineOf(text, index)}: '${word}' is ${what}`),
      ),
  )
