import { type AnyProgram, compile, type Device, type Sizes } from '../index.ts'
import { writeAtomically } from '../runtime/node/index.ts'
import { didYouMean } from '../studies/nearest.ts'
import { deviceOption, openFor } from './device.ts'
import { fileProgram } from './explain/file-program.ts'
import { type NamedProgram, programs } from './explain/programs.ts'
import { isModule } from './load-module.ts'
import { describeOptions, flag, type Option, readArguments, text } from './options.ts'
import { readSizes, writtenSizes } from './sizes.ts'
import { checkWritten } from './written-file.ts'

const sizes: Option<Sizes> = {
  placeholder: 'SIZES',
  about: 'n=256,width=512: of what is listed below, or the named dims of a program of your own',
  shown: undefined,
  absent: {},
  read: readSizes,
}

const options = {
  size: sizes,
  device: deviceOption,
  html: text(
    'FILE.html',
    'writes it as a page that needs no network: kernels, tensors between them, memory over time, code',
  ),
  code: flag('the generated code of each kernel as well'),
  graph: flag('the graph as traced and as simplified as well'),
  line: text('FILE:LINE', 'only what comes of one line of the source: model.ts:12'),
}

const shown = ({ sizes }: NamedProgram) => writtenSizes(sizes)

const usage = `Shows what the compiler makes of a program: its kernels, what was fused into each and why the rest was not, operations, bytes moved beside the least, and peak memory. Nothing is run.

  fluxion explain NAME [OPTIONS]          a program of the project
  fluxion explain FILE [NAME] [OPTIONS]   one that a module exports, of JavaScript or TypeScript; NAME where it exports several

${Object.entries(programs)
  .map(([name, it]) => `  ${name.padEnd(12)} ${it.about}\n${' '.repeat(15)}${shown(it)}`)
  .join('\n')}

${describeOptions(options)}

  fluxion explain prior --size width=512,blocks=4
  fluxion explain ./model.ts step --size n=256 --html step.html`

export async function run(args: readonly string[]): Promise<void> {
  const read = args.length === 0 ? undefined : readArguments(args, ['NAME|FILE', '[NAME]'], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { places, given } = read
  if (given.html !== undefined && (given.code || given.graph || given.line !== undefined))
    throw new Error('--html has all of it on one page; leave --code, --graph and --line out')
  if (given.html !== undefined) await checkWritten('html', given.html)
  const { program, dims } = await chosen(places[0]!, places[1], given.size)
  const device = await openFor(given.device)
  try {
    const compiled = await compiledFor(program, device, dims)
    if (given.html === undefined) {
      const { code, graph, line } = given
      console.log(await compiled.explain({ code, graph, ...(line !== undefined && { line }) }))
      return
    }
    await writeAtomically(given.html, await compiled.explain({ format: 'html' }))
    console.log(`wrote ${given.html}`)
  } finally {
    device.dispose()
  }
}

interface Explainable {
  explain(options: object): Promise<string>
}

async function compiledFor(program: AnyProgram, device: Device, dims: Sizes): Promise<Explainable> {
  try {
    return (await compile(program as never, device, dims as never)) as unknown as Explainable
  } catch (error) {
    // Its place is the call above, which tells an author nothing.
    const said = error instanceof Error ? /^.*(dim \S+ has no size|has no dim \S+).*$/m.exec(error.message) : undefined
    throw said ? new Error(`${said[0]}; sizes are given as --size n=256,m=32`, { cause: error }) : error
  }
}

/** A program, and the sizes of its named dims. */
async function chosen(
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
