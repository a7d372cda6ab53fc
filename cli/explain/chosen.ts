import type { AnyProgram, Sizes } from '../../index.ts'
import { didYouMean } from '../../studies/nearest.ts'
import { isModule } from '../load-module.ts'
import type { Option } from '../options.ts'
import { readSizes, writtenSizes } from '../sizes.ts'
import { fileProgram } from './file-program.ts'
import { type NamedProgram, programs } from './programs.ts'

export const sizesOption: Option<Sizes> = {
  placeholder: 'SIZES',
  about: 'n=256,width=512: of what is listed below, or the named dims of a program of your own',
  shown: undefined,
  absent: {},
  read: readSizes,
}

const shown = ({ sizes }: NamedProgram) => writtenSizes(sizes)

/** What a command for one program is given: what `chosen` takes. */
export const programPlaces = ['NAME|FILE', '[NAME]'] as const

/** How such a command is called, and the programs of the project with their sizes. */
export const programsFor = (command: string): string => `\
  fluxion ${command} NAME [OPTIONS]          a program of the project
  fluxion ${command} FILE [NAME] [OPTIONS]   one that a module exports, of JavaScript or TypeScript; NAME where it exports several

${Object.entries(programs)
  .map(([name, it]) => `  ${name.padEnd(12)} ${it.about}\n${' '.repeat(15)}${shown(it)}`)
  .join('\n')}`

/** A program of the project or of a module, and the sizes of its named dims. */
export async function chosen(
  name: string,
  exported: string | undefined,
  given: Sizes,
): Promise<{ readonly program: AnyProgram; readonly dims: Sizes }> {
  if (isModule(name)) return { program: await fileProgram(name, exported), dims: given }
  const known = Object.hasOwn(programs, name) ? programs[name] : undefined
  const names = Object.keys(programs)
  if (!known)
    throw new Error(
      `there is no program '${name}' among ${names.join(', ')}, nor is it a module such as ./model.js${didYouMean(name, names)}`,
    )
  if (exported !== undefined)
    throw new Error(`'${exported}' is one too many: ${name} is a program of the project; options begin with --`)
  const unknown = Object.keys(given).find((size) => !Object.hasOwn(known.sizes, size))
  if (unknown !== undefined)
    throw new Error(
      `${name} has no size '${unknown}', but ${shown(known)}${didYouMean(unknown, Object.keys(known.sizes))}`,
    )
  const { n, ...others } = { ...known.sizes, ...given }
  return { program: known.make(others), dims: { n } }
}

/** What compiles a program that someone chose: what it says of sizes, it says of the option that gives them. */
export async function bySizeOption<T>(compile: () => Promise<T>): Promise<T> {
  try {
    return await compile()
  } catch (error) {
    // Its place is that call, which tells an author nothing.
    const said = error instanceof Error ? /^.*(dim \S+ has no size|has no dim \S+).*$/m.exec(error.message) : undefined
    throw said ? new Error(`${said[0]}; sizes are given as --size n=256,m=32`, { cause: error }) : error
  }
}
