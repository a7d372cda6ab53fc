import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { aboutFile, type Json, listRuns, type Run, readRun } from '../runtime/node/run-files.ts'
import { didYouMean } from '../studies/nearest.ts'
import { table } from '../studies/table.ts'
import { duration, numeral, when } from '../studies/texts.ts'
import { type Metric, metricNames, metricsNamed, metricsOf, reached } from './run-metrics.ts'

/** Runs beside each other: each list has one for each of them, which is undefined where the run has no such thing. */
export interface Comparison {
  readonly runs: readonly Run[]
  readonly differences: readonly { readonly path: string; readonly values: readonly (Json | undefined)[] }[]
  readonly metrics: readonly { readonly name: string; readonly values: readonly (Metric | undefined)[] }[]
}

/**
 * The run of that name in a folder of runs, or that whose own folder is given.
 *
 * @throws Error where there is neither.
 */
export async function findRun(given: string, folder: string): Promise<Run> {
  const path = [join(folder, given), given].find((path) => existsSync(aboutFile(path)))
  if (path !== undefined) return readRun(path)
  const names = (await listRuns(folder)).map(({ name }) => name)
  throw new Error(`there is no run '${given}', neither in '${folder}' nor as a path${didYouMean(given, names)}`)
}

/** What differs in what they were given, and how their metrics went; with `metric`, only that one. */
export function compareRuns(runs: readonly Run[], metric?: string): Comparison {
  const settings = runs.map(settingsOf)
  const paths = new Set(settings.flatMap((of) => [...of.keys()]))
  const metrics = runs.map(metricsOf)
  return {
    runs,
    differences: [...paths]
      .map((path) => ({ path, values: settings.map((of) => of.get(path)) }))
      .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1),
    metrics: (metric === undefined ? metricNames(runs) : metricsNamed(metric, runs)).map((name) => ({
      name,
      values: metrics.map((of) => of.get(name)),
    })),
  }
}

export function describeComparison({ runs, differences, metrics }: Comparison): string {
  const isUnique = new Set(runs.map(({ name }) => name)).size === runs.length
  const heads = runs.map(({ name, folder }) => ({ head: isUnique ? name : folder }))
  const beside = (title: string, rows: readonly (readonly string[])[]) => table([{ head: title }, ...heads], rows)
  const at = (of: Metric['last'] | undefined) => (of ? `${numeral(of.value)} at ${of.step}` : '-')
  const said = [
    beside('run', [
      ['status', ...runs.map(({ status }) => status)],
      ['created', ...runs.map(({ about }) => when(about.created))],
      ['steps', ...runs.map((run) => `${reached(run).step}/${run.about.steps}`)],
      ['time', ...runs.map((run) => duration(reached(run).seconds))],
    ]),
    differences.length > 0
      ? beside(
          'differs',
          differences.map(({ path, values }) => [path, ...values.map((value) => JSON.stringify(value) ?? '-')]),
        )
      : 'Nothing differs in their programs, seeds, steps, configs and environments.',
    metrics.length > 0
      ? beside(
          'metric',
          metrics.flatMap(({ name, values }) => [
            [`${name} last`, ...values.map((metric) => at(metric?.last))],
            [`${name} least`, ...values.map((metric) => at(metric?.best))],
          ]),
        )
      : 'They have no metrics.',
  ]
  return said.join('\n\n')
}

/** The same as data. */
export const comparisonAsData = ({ runs, ...rest }: Comparison) => ({
  runs: runs.map((run) => ({ name: run.name, folder: run.folder, ...run.about, ...reached(run) })),
  ...rest,
})

/** What a run was given, each value by its path. */
function settingsOf({ about }: Run): ReadonlyMap<string, Json> {
  const { program, seed, steps, parameters, memory, config, environment } = about
  return new Map(leaves({ program, seed, steps, parameters, memory, config, environment }, ''))
}

/** 'config.model.widths[0]': an empty object or list is a leaf, too. */
function leaves(value: Json, path: string): readonly (readonly [string, Json])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  const parts: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((part, i) => [`${path}[${i}]`, part])
    : Object.entries(value).map(([name, part]) => [`${path}${step(name, path)}`, part])
  return parts.length > 0 ? parts.flatMap(([path, part]) => leaves(part, path)) : [[path, value]]
}

/** A name that has a dot of its own stays one. */
const step = (name: string, path: string): string => {
  if (!/^[\w$-]+$/.test(name)) return `[${JSON.stringify(name)}]`
  return path === '' ? name : `.${name}`
}
