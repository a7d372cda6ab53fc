import { existsSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'
import { writeAtomically } from '../runtime/node/index.ts'
import { aboutFile, metricsFile, readRun } from '../runtime/node/run-files.ts'
import { runReport } from '../studies/report/of-runs.ts'
import { findResults, readResults, resultsFile } from '../studies/report/read.ts'
import { reportOf } from '../studies/report/report.ts'
import { describeOptions, readArguments, text } from './options.ts'
import { checkWritten } from './written-file.ts'

const options = {
  out: text('FILE.html', 'where the page is written; beside the results unless it is given'),
}

const usage = `Shows what came of a job as one HTML page, which needs no network and nothing beside it: what was found in words, tables, pictures and curves. Of runs of fit it shows curves, metrics and settings, of several runs beside each other.

  fluxion report FOLDER|FILE.json [OPTIONS]   of align or a study: its folder, with its ${resultsFile}
  fluxion report RUN... [OPTIONS]             of training: the folders of runs

${describeOptions(options)}

Needs the packages echarts and fast-png.`

export async function run(args: readonly string[]): Promise<void> {
  const read = args.length === 0 ? undefined : readArguments(args, ['FOLDER|FILE.json|RUN...'], options)
  if (!read && args.length > 0) {
    console.log(usage)
    return
  }
  if (!read) throw new Error('a report is made of results: fluxion report FOLDER|FILE.json|RUN... [--out FILE.html]')
  const { places, given } = read
  const wrote = given.out === undefined ? undefined : await checkWritten('out', given.out, filesOf(places))
  const { page, beside } = await pageOf(places)
  const out = given.out ?? beside
  await writeAtomically(out, page)
  console.log(wrote ?? `wrote ${out}`)
}

/** What may be read of them. */
const filesOf = (places: readonly string[]): readonly string[] =>
  places.flatMap((place) => [place, join(place, resultsFile), aboutFile(place), metricsFile(place)])

/** The page, and where it is written unless it is said. */
async function pageOf(places: readonly string[]): Promise<{ readonly page: string; readonly beside: string }> {
  const [place, ...more] = places as readonly [string, ...string[]]
  const isRun = (folder: string) => existsSync(aboutFile(folder))
  if (more.length > 0 || (isRun(place) && !existsSync(join(place, resultsFile)))) {
    const none = places.find((folder) => !isRun(folder))
    if (none !== undefined)
      throw new Error(
        `there is no run in '${none}'; several reports in one are of runs of fit: fluxion runs lists them`,
      )
    const runs = await Promise.all(places.map(readRun))
    return { page: await runReport(runs), beside: more.length > 0 ? 'report.html' : join(place, 'report.html') }
  }
  const file = await findResults(place)
  const page = await reportOf(await readResults(file))
  return { page, beside: parse(file).base === resultsFile ? join(dirname(file), 'report.html') : besides(file) }
}

const besides = (file: string): string => {
  const { dir, name } = parse(file)
  return join(dir, `${name}.html`)
}
