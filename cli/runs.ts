import { existsSync } from 'node:fs'
import { aboutFile, listRuns, type NoRun, type Run, readRun } from '../runtime/node/run-files.ts'
import { compareRuns } from '../studies/runs/compare.ts'
import { metricNames, metricsNamed, metricsOf, reached } from '../studies/runs/metrics.ts'
import { table } from '../studies/table.ts'
import { duration, numeral, toJson, when } from '../studies/texts.ts'
import { describeOptions, flag, readArguments, text } from './options.ts'
import { comparisonAsData, describeComparison, findRun } from './runs-compare.ts'

const options = {
  metric: text('NAME', 'only this metric: loss, or train/loss, or evaluation/loss'),
  json: flag('the same as data'),
}
const listOptions = {
  ...options,
  sort: text(
    'ORDER',
    'by name; by when they were created, the latest first (created, the default); or by the least value of a metric',
  ),
}
const compareOptions = { ...options, folder: text('FOLDER', 'where runs that are named are; runs unless it is given') }

const usage = `Lists the runs of a folder, and compares some of them.

  fluxion runs [FOLDER] [--metric NAME] [--sort name|created|METRIC] [--json]
  fluxion runs compare RUN RUN [...] [--folder FOLDER] [--metric NAME] [--json]

  FOLDER   where the runs are; 'runs' unless it is given
  RUN      the name of a run in that folder, or the path of its own

${describeOptions({ ...listOptions, folder: compareOptions.folder })}`

interface ListOptions {
  readonly metric?: string | undefined
  /** 'name', 'created' or a metric. Default 'created'. */
  readonly sort?: string | undefined
}

/** Those that are runs, sorted. */
export function sortRuns(found: readonly (Run | NoRun)[], sort = 'created'): readonly Run[] {
  const runs = found.filter((run) => 'about' in run)
  if (sort === 'name' || runs.length === 0) return runs
  if (sort === 'created') return runs.sort((a, b) => Date.parse(b.about.created) - Date.parse(a.about.created))
  const [metric, ...others] = metricsNamed(sort, runs)
  if (others.length > 0)
    throw new Error(`--sort ${sort} may be ${[metric, ...others].join(' or ')}; write one of these`)
  const best = new Map(runs.map((run) => [run, metricsOf(run).get(metric!)?.best?.value ?? Number.POSITIVE_INFINITY]))
  // Infinities are equal here, though their difference is no number.
  return runs.sort((a, b) => (best.get(a)! < best.get(b)! ? -1 : best.get(a)! > best.get(b)! ? 1 : 0))
}

/** A table of the runs, then what failed ones said, then the folders that are none. */
export function describeRuns(found: readonly (Run | NoRun)[], folder: string, options: ListOptions = {}): string {
  const runs = sortRuns(found, options.sort)
  const broken = found.filter((run) => 'problem' in run)
  const metrics = shownMetrics(runs, options.metric)
  const columns = [
    { head: 'name' },
    { head: 'status' },
    { head: 'created' },
    { head: 'steps', align: 'right' },
    ...metrics.flatMap((name) => [{ head: name, align: 'right' } as const, { head: 'least', align: 'right' } as const]),
    { head: 'time', align: 'right' },
    { head: 'device' },
  ] as const
  const rows = runs.map((run) => {
    const values = metricsOf(run)
    const { created, steps, environment } = run.about
    const { step, seconds } = reached(run)
    return [
      run.name,
      run.status,
      when(created),
      `${step}/${steps}`,
      ...metrics.flatMap((name) => [numeral(values.get(name)?.last.value), numeral(values.get(name)?.best?.value)]),
      duration(seconds),
      environment.device,
    ]
  })
  const messages = runs.filter(({ about }) => about.message !== undefined)
  return [
    runs.length > 0 ? table(columns, rows) : noRuns(folder),
    ...(messages.length > 0 ? ['', ...messages.map(({ name, about }) => `${name}: ${about.message}`)] : []),
    ...(broken.length > 0
      ? ['', 'No runs, or damaged ones:', ...broken.map(({ name, problem }) => `  ${name}: ${problem.message}`)]
      : []),
  ].join('\n')
}

const noRuns = (folder: string): string =>
  `There are no runs in '${folder}'. Training leaves one there that is recorded:

  import { runFolder } from 'fluxion/node'
  await fit(step, device, sizes, { steps, record: runFolder('${folder}/first') })`

/** The same as data. */
export const runsAsData = (found: readonly (Run | NoRun)[], options: ListOptions = {}) => {
  const runs = sortRuns(found, options.sort)
  const metrics = new Set(shownMetrics(runs, options.metric))
  return {
    runs: runs.map((run) => ({
      name: run.name,
      folder: run.folder,
      ...run.about,
      ...reached(run),
      checkpoints: run.checkpoints,
      metrics: [...metricsOf(run).values()].filter(({ name }) => metrics.has(name)),
    })),
    problems: found
      .filter((run) => 'problem' in run)
      .map(({ name, folder, problem }) => ({ name, folder, problem: problem.message })),
  }
}

const shownMetrics = (runs: readonly Run[], metric: string | undefined): readonly string[] =>
  metric === undefined || runs.length === 0 ? metricNames(runs) : metricsNamed(metric, runs)

export async function run(args: readonly string[]): Promise<void> {
  console.log(await (args[0] === 'compare' ? compare(args.slice(1)) : list(args)))
}

async function list(args: readonly string[]): Promise<string> {
  const read = readArguments(args, ['[FOLDER]'], listOptions)
  if (!read) return usage
  const { given, places } = read
  const [folder = 'runs'] = places
  if (places.length > 0 && !existsSync(folder)) throw new Error(`there is no folder '${folder}'`)
  // A run's own folder was given.
  const found = existsSync(aboutFile(folder)) ? [await readRun(folder)] : await listRuns(folder)
  return given.json ? toJson(runsAsData(found, given)) : describeRuns(found, folder, given)
}

async function compare(args: readonly string[]): Promise<string> {
  const read = readArguments(args, ['RUN', 'RUN...'], compareOptions)
  if (!read) return usage
  const { json, metric, folder = 'runs' } = read.given
  const runs = await Promise.all(read.places.map((name) => findRun(name, folder)))
  const comparison = compareRuns(runs, metric)
  return json ? toJson(comparisonAsData(comparison)) : describeComparison(comparison)
}
