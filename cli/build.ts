import { relative, resolve } from 'node:path'
import { type CompiledProgram, kinds, type Sizes } from '../ahead/index.ts'
import { amount } from '../compiler/explain/amount.ts'
import type { Target } from '../compiler/plan/plan.ts'
import { messageOf } from '../runtime/message-of.ts'
import { type BuildJob, type Built, buildFiles } from './build/build-files.ts'
import { sizeOf } from './build/manifest.ts'
import { describeOptions, flag, type Option, readArguments, someOf, text } from './options.ts'
import { readSizes, writtenSizes } from './sizes.ts'
import { again } from './watch.ts'

const dims: Option<readonly Sizes[]> = {
  placeholder: 'SIZES',
  about: 'n=256,m=32: sizes of the named dims; given again, each program is compiled for those, too',
  shown: undefined,
  absent: [],
  read: (text, name) => [readSizes(text, name)],
  join: (before, after) => [...before, ...after],
}

const options = {
  dims,
  out: text('FOLDER', 'where the files are written; it is made where it is missing'),
  target: someOf('the devices that are compiled for', ['cpu', 'webgpu'], ['cpu', 'webgpu']),
  'relaxed-simd': flag('for the CPU, multiply-adds that round once: faster, and not in every engine'),
  watch: flag('goes on, and builds again when a module or what it imports changes'),
}

const usage = `Compiles the programs that modules export, of JavaScript or TypeScript, ahead of time: each module becomes one that has the kernels and needs only fluxion/runtime.

  fluxion build FILE... --out FOLDER [OPTIONS]

${describeOptions(options)}

Of model.ts it makes model.js, which is imported; model.cpu.js and model.webgpu.js, of which it loads the one that the device needs; model.d.ts; model.webgpu.js.map, from kernels to lines of the
source; and manifest.json, which says what each program takes.

  fluxion build ./model.ts --dims n=256 --out generated
  fluxion build ./model.ts ./prior.ts --dims n=256,d=2 --dims n=64,d=2 --target cpu --out generated`

export async function run(args: readonly string[]): Promise<void> {
  const read = args.length === 0 ? undefined : readArguments(args, ['FILE...'], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { places, given } = read
  if (given.out === undefined)
    throw new Error('--out was not given: where the files are to be written, as --out generated')
  const job: BuildJob = {
    files: places,
    out: given.out,
    sizes: given.dims,
    kinds: given.target,
    relaxedSimd: given['relaxed-simd'],
    anew: given.watch,
  }
  if (!given.watch) console.log(report(await buildFiles(job), given.out))
  else
    await again(
      (depends) => attempt({ ...job, depends }),
      () => places.map((file) => resolve(file)),
    )
}

/** A build that goes wrong is said, and tried again when its files change. */
async function attempt(job: BuildJob): Promise<void> {
  try {
    console.log(report(await buildFiles(job), job.out))
  } catch (error) {
    console.error(`fluxion: ${messageOf(error)}`)
  }
}

function report({ modules, files, notes }: Built, out: string): string {
  const all = sizeOf(files.map(({ text }) => text).join(''))
  return [
    ...modules.flatMap(({ programs }) => programs.flatMap(lines)),
    ...notes,
    `wrote ${files.length} files in ${relative('', resolve(out)) || '.'}: ${amount(all.bytes, 'B')}, ${amount(all.gzip, 'B')} gzipped`,
  ].join('\n')
}

/** step n=256: cpu 7 kernels of 8.20 kB, webgpu 7 kernels of 12.1 kB */
const lines = ({ exported, variants }: CompiledProgram): readonly string[] =>
  variants.map(({ dims, targets }) => {
    const said = Object.entries(targets).map(
      ([
        target,
        {
          figures: { program },
        },
      ]) => {
        const { kernels, codeBytes } = program
        return `${kinds[target as Target]} ${kernels} kernel${kernels === 1 ? '' : 's'} of ${amount(codeBytes, 'B')}`
      },
    )
    return `${[exported, writtenSizes(dims)].join(' ').trim()}: ${said.join(', ')}`
  })
