import type { Json, Run } from '../../runtime/node/run-files.ts'
import { type Metric, metricNames, metricsNamed, metricsOf } from './metrics.ts'

/** Runs beside each other: each list has one for each of them, which is undefined where the run has no such thing. */
export interface Comparison {
  readonly runs: readonly Run[]
  readonly differences: readonly { readonly path: string; readonly values: readonly (Json | undefined)[] }[]
  readonly metrics: readonly { readonly name: string; readonly values: readonly (Metric | undefined)[] }[]
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

/** What a run was given, each value by its path. */
export function settingsOf({ about }: Run): ReadonlyMap<string, Json> {
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
