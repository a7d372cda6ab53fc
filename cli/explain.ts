import { compile } from '../index.ts'
import { writeAtomically } from '../runtime/node/index.ts'
import { deviceOptions, openFor } from './device.ts'
import { bySizeOption, chosen, programPlaces, programsFor, sizesOption } from './explain/chosen.ts'
import { describeOptions, flag, readArguments, text } from './options.ts'
import { checkWritten } from './written-file.ts'

const options = {
  size: sizesOption,
  ...deviceOptions,
  html: text(
    'FILE.html',
    'writes it as a page that needs no network: kernels, tensors between them, memory over time, code',
  ),
  code: flag('the generated code of each kernel as well'),
  graph: flag('the graph as traced and as simplified as well'),
  line: text('FILE:LINE', 'only what comes of one line of the source: model.ts:12'),
}

const usage = `Shows what the compiler makes of a program: its kernels, what was fused into each and why the rest was not, operations, bytes moved beside the least, and peak memory. Nothing is run.

${programsFor('explain')}

${describeOptions(options)}

  fluxion explain prior --size width=512,blocks=4
  fluxion explain ./model.ts step --size n=256 --html step.html`

export async function run(args: readonly string[]): Promise<void> {
  const read = args.length === 0 ? undefined : readArguments(args, programPlaces, options)
  if (!read) {
    console.log(usage)
    return
  }
  const { places, given } = read
  if (given.html !== undefined && (given.code || given.graph || given.line !== undefined))
    throw new Error('--html has all of it on one page; leave --code, --graph and --line out')
  const wrote = given.html === undefined ? undefined : await checkWritten('html', given.html, places.slice(0, 1))
  const { program, dims } = await chosen(places[0]!, places[1], given.size)
  const device = await openFor(given)
  try {
    const compiled = await bySizeOption(() => compile(program as never, device, dims as never) as Promise<Explainable>)
    if (given.html === undefined) {
      const { code, graph, line } = given
      console.log(await compiled.explain({ code, graph, ...(line !== undefined && { line }) }))
      return
    }
    await writeAtomically(given.html, await compiled.explain({ format: 'html' }))
    console.log(wrote)
  } finally {
    device.dispose()
  }
}

interface Explainable {
  explain(options: object): Promise<string>
}
