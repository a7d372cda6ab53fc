import { isIdentifier } from './literal.ts'
import type { AheadModule, AheadProgram } from './module.ts'

/** A program, and what a module calls it that exports it. */
export interface Named {
  readonly program: AheadProgram
  readonly local: string
}

/**
 * The programs of a module in the order of their names, which is the same whatever order they were found in. `taken` is
 * what else the module names.
 */
export const namedIn = ({ programs }: AheadModule, taken: readonly string[]): readonly Named[] =>
  [...programs]
    .sort((a, b) => (a.exported < b.exported ? -1 : 1))
    .map((program, i) => ({ program, local: isFree(program.exported, taken) ? program.exported : `program$${i}` }))

const isFree = (name: string, taken: readonly string[]): boolean =>
  isIdentifier(name) && !reserved.has(name) && !taken.includes(name)

/** `export const step` where the name may be written so; for others a list at the end has them. */
export const exportWord = ({ program, local }: Named): string => (program.exported === local ? 'export ' : '')

/** That list; empty where there are no others. */
export const otherExports = (named: readonly Named[]): string =>
  named
    .filter(({ program, local }) => program.exported !== local)
    .map(({ program, local }) => `export { ${local} as ${asExported(program.exported)} }\n`)
    .join('')

/** A name in a list of exports, where any text may stand. */
export const asExported = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name))

/** What no variable of a module can be called. */
const reserved = new Set(
  [
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends',
    'false finally for function if implements import in instanceof interface let new null package private protected',
    'public return static super switch this throw true try typeof var void while with yield',
  ].flatMap((words) => words.split(' ')),
)
