import type { Run } from '../../runtime/node/run-files.ts'
import { didYouMean } from '../nearest.ts'

/** What became of a value over a run. */
export interface Metric {
  /** 'train/loss', 'evaluation/loss'. */
  readonly name: string
  readonly last: { readonly value: number; readonly step: number }
  /** The least of those that are numbers, where there is one. */
  readonly best?: { readonly value: number; readonly step: number }
}

/** Each metric of a run by its name, in the order in which they first occur. */
export function metricsOf({ entries }: Run): ReadonlyMap<string, Metric> {
  const metrics = new Map<string, Metric>()
  for (const { step, kind, values } of entries)
    for (const [value, number] of Object.entries(values)) {
      const name = `${kind}/${value}`
      const last = { value: number, step }
      const before = metrics.get(name)?.best
      const best = Number.isNaN(number) || (before && before.value <= number) ? before : last
      metrics.set(name, { name, last, ...(best && { best }) })
    }
  return metrics
}

/** How far it came: what is logged of a run that is under way, or was killed, is later than what run.json says. */
export const reached = ({ about, entries }: Run): { readonly step: number; readonly seconds: number } => ({
  step: Math.max(about.step, ...entries.slice(-1).map(({ step }) => step)),
  seconds: Math.max(about.seconds, ...entries.slice(-1).map(({ seconds }) => seconds)),
})

/** All the metrics that any of these runs has. */
export const metricNames = (runs: readonly Run[]): readonly string[] => [
  ...new Set(runs.flatMap((run) => [...metricsOf(run).keys()])),
]

/**
 * The metrics that are meant by a name, which may do without 'train/' and 'evaluation/'.
 *
 * @throws Error where no run has such a metric.
 */
export function metricsNamed(name: string, runs: readonly Run[]): readonly string[] {
  const names = metricNames(runs)
  const found = names.filter((full) => full === name || bare(full) === name)
  if (found.length > 0) return found
  const known = names.length > 0 ? `they have ${names.join(', ')}` : 'they have none'
  throw new Error(`no run has a metric '${name}'; ${known}${didYouMean(name, [...names.map(bare), ...names])}`)
}

const bare = (name: string): string => name.slice(name.indexOf('/') + 1)
