import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { aboutFile, listRuns, type Run, readRun } from '../runtime/node/run-files.ts'
import { didYouMean } from '../studies/nearest.ts'
import type { Comparison } from '../studies/runs/compare.ts'
import { type Metric, reached } from '../studies/runs/metrics.ts'
import { table } from '../studies/table.ts'
import { duration, numeral, when } from '../studies/texts.ts'

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
