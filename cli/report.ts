import { writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { findResults, readResults, resultsFile } from '../studies/report/read.ts'
import { reportOf } from '../studies/report/report.ts'
import { describeOptions, readOptions, text } from './options.ts'

const options = {
  out: text('FILE.html', 'where the page is written; beside the results unless it is given'),
}

const usage = `Shows the results of a run as one HTML page, which needs no network and nothing beside it: what was found in words, tables, pictures and curves.

  fluxion report FOLDER|FILE.json [OPTIONS]

  FOLDER       of a run, with its ${resultsFile}

${describeOptions(options)}

Needs the packages echarts and fast-png.`

export async function run(args: readonly string[]): Promise<void> {
  const [place] = args
  const isPlace = place !== undefined && !place.startsWith('-')
  const given = readOptions(isPlace ? args.slice(1) : args, options)
  if (!given) {
    console.log(usage)
    return
  }
  if (!isPlace || place === '')
    throw new Error('a report is made of results: fluxion report FOLDER|FILE.json [--out FILE.html], the place first')
  const file = await findResults(place)
  const page = await reportOf(await readResults(file))
  const out = given.out ?? (parse(file).base === resultsFile ? join(dirname(file), 'report.html') : besides(file))
  await writeFile(out, page).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the report cannot be written to '${out}': ${reasonOf(error, out)}`, { cause: error })
  })
  console.log(`wrote ${out}`)
}

const besides = (file: string): string => {
  const { dir, name } = parse(file)
  return join(dir, `${name}.html`)
}

function reasonOf({ code, message }: NodeJS.ErrnoException, out: string): string {
  if (code === 'ENOENT') return `there is no folder '${dirname(out)}'; make it, or give another --out`
  if (code === 'EISDIR') return 'it is a folder; give the name of a file, as --out FILE.html'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'it may not be written here; give another --out'
  return message
}
