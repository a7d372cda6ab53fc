import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Checked } from '../compiler/frontend/index.ts'
import { readSource } from '../compiler/frontend/read-source.ts'
import { writeAtomically } from '../runtime/node/index.ts'
import { checkProject } from './check/check-project.ts'
import { toSarif } from './check/sarif.ts'
import { describeFindings } from './check/text.ts'
import { describeOptions, flag, oneOf, positive, readArguments, text, type Values } from './options.ts'
import { again, sourcesBelow } from './watch.ts'
import { checkWritten } from './written-file.ts'

const options = {
  project: text('TSCONFIG', 'the tsconfig of the project; the nearest one above the first path unless given'),
  format: oneOf('how findings are printed', ['text', 'json', 'sarif'], 'text'),
  json: flag('the same as --format json'),
  sarif: text('FILE', 'writes them to a file as well, as code hosts read them'),
  'no-run': flag('looks at sources alone: no module is run, and no program traced'),
  limit: positive('seconds that a module may take to load, and each of its programs to be traced', 15),
  watch: flag('goes on, and checks again when a source has changed'),
}

const usage = `Finds what is wrong in programs before they run: shapes that do not fit, control flow on tensors, gradients that are always zero, unstable spellings. Modules that export programs are run, in a process of their own, to trace them.

  fluxion check [PATH...] [OPTIONS]     all of the project that imports fluxion, or what is in these files and folders; tests where they are named

${describeOptions(options)}

  fluxion check models
  fluxion check --format sarif --no-run > check.sarif

A line is left out that is preceded by // fluxion-ignore FX3005: and a reason. docs/diagnostics says what each code means. Exits with 0 where nothing is found, with 1 where something is, and with 2 where the project cannot be read.`

export async function run(args: readonly string[]): Promise<void> {
  const read = readArguments(args, ['[PATH...]'], options)
  if (!read) {
    console.log(usage)
    return
  }
  const { places, given, has } = read
  if (given.json && has('format') && given.format !== 'json')
    throw new Error(`--json and --format ${given.format} differ; leave one of them out`)
  const under = places.map((path) => resolve(path))
  const project = given.project ?? nearestProject(under[0] ?? process.cwd())
  if (given.sarif !== undefined) await checkWritten('sarif', given.sarif, [project, ...places])
  const check = async (): Promise<void> => {
    const checked = await checkProject(
      { tsConfigFilePath: project },
      { under, run: !given['no-run'], limit: given.limit },
    )
    await print(checked, given)
    process.exitCode = exitCode(checked)
  }
  if (!given.watch) return check()
  const folder = dirname(resolve(project))
  // What is written by each check is no reason for another.
  const written = given.sarif && resolve(given.sarif)
  await again(check, async () => (await sourcesBelow(folder)).filter((path) => path !== written))
}

/** The tsconfig.json beside a path or above it; the one that should be in this folder where there is none. */
function nearestProject(path: string): string {
  const found = join(path, 'tsconfig.json')
  if (existsSync(found)) return found
  return dirname(path) === path ? resolve('tsconfig.json') : nearestProject(dirname(path))
}

function exitCode({ findings }: Checked): number {
  if (findings.some(({ code }) => code === 'FX9002')) return 2
  return findings.length > 0 ? 1 : 0
}

async function print(checked: Checked, { format, json, sarif }: Values<typeof options>): Promise<void> {
  const folder = process.cwd()
  const asSarif = (): string => JSON.stringify(toSarif(checked.findings, folder), undefined, 2)
  if (sarif !== undefined) await writeAtomically(sarif, asSarif())
  if (format === 'sarif') console.log(asSarif())
  else if (format === 'json' || json) {
    const { findings, files, programs } = checked
    console.log(JSON.stringify({ findings, files, programs: programs.length }, undefined, 2))
  } else
    console.log(
      describeFindings(checked, {
        folder,
        colours: process.stdout.isTTY && !process.env.NO_COLOR,
        textOf: readSource,
      }),
    )
}
