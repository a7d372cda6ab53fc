import { resolve, sep } from 'node:path'
import { escaped } from '../../compiler/explain/html/escape.ts'
import type { Run } from '../../runtime/node/index.ts'
import type { Entry } from '../../runtime/train/recorder.ts'
import { curvesOf as pointsOf } from '../align/measures.ts'
import type { Curve } from '../align/results.ts'
import { type Comparison, compareRuns, settingsOf } from '../runs/compare.ts'
import { type Metric, reached } from '../runs/metrics.ts'
import { numeral } from '../texts.ts'
import { openCharts } from './charts.ts'
import { curvesOf, legendOf, type Trained } from './curves.ts'
import { count, durationOf, listed } from './numbers.ts'
import { dateOf, pageOf, section } from './page.ts'
import { type Column, none, tableOf } from './tables.ts'

/**
 * One page of HTML that shows runs of `fit` beside each other, or one alone: how they ended, their metrics and curves,
 * and what they were given. It needs nothing beside it and no network. Needs the package `echarts`.
 *
 * @throws RangeError where there is no run.
 */
export async function runReport(runs: readonly Run[]): Promise<string> {
  if (runs.length === 0) throw new RangeError('runReport: expected one run or more; got none')
  const draw = await openCharts()
  const titles = titlesOf(runs)
  const compared = compareRuns(runs)
  const trained = (kind: Entry['kind']): readonly Trained[] =>
    runs.map(({ entries }, index) => ({
      title: titles[index]!,
      index,
      curves: pointsOf(entries.filter((entry) => entry.kind === kind)).map(thinned),
    }))
  const legend = runs.length > 1 ? `${legendOf(trained('train'))}\n` : ''
  const chart = (kind: Entry['kind']) => `${legend}${curvesOf(trained(kind), draw)}`
  return pageOf({
    title: `Training: ${titles.join(', ')}`,
    head: runs.length === 1 ? titles[0]! : `${runs.length} runs`,
    about: `on ${listed([...new Set(runs.map(({ about }) => about.environment.device))])}`,
    first: [{ id: 'summary', title: 'Summary' }],
    before: summaryOf(runs, titles),
    sections: [
      section('metrics', 'Metrics', metricsTable(compared, titles)),
      section('training', 'Training', `<p>Means since the entry before.</p>\n${chart('train')}`),
      section('evaluations', 'Evaluations', chart('evaluation')),
      section('run', 'What was run', settingsTable(compared, titles)),
    ],
  })
}

/** As many of the last names in the paths of their folders as tell them apart. */
function titlesOf(runs: readonly Run[]): readonly string[] {
  const paths = runs.map(({ folder }) => resolve(folder).split(sep))
  const most = Math.max(...paths.map(({ length }) => length))
  for (let depth = 1; ; depth += 1) {
    const titles = paths.map((path) => path.slice(-depth).join('/'))
    if (depth >= most || new Set(titles).size === titles.length) return titles
  }
}

function summaryOf(runs: readonly Run[], titles: readonly string[]): string {
  const said = runs.map((run, i) => `<b>${escaped(titles[i]!)}</b>: ${escaped(endOf(run))}`)
  const wrong = runs.some(({ status }) => status === 'failed' || status === 'killed')
  return `<section id="summary" class="${wrong ? 'alarms' : 'summary'}">
<h2>Summary</h2>
${said.map((one) => `<p>${one}</p>`).join('\n')}
</section>`
}

/** How a run ended, and what there is of it. */
function endOf(run: Run): string {
  const { status, about, checkpoints } = run
  const { step, seconds } = reached(run)
  const how = {
    done: 'done, after',
    stopped: 'stopped, as it was told to by its evaluations, after',
    interrupted: 'interrupted after',
    failed: 'failed after',
    killed: 'killed: its process is not there any more; it had come to',
    running: 'running, and has come to',
  }[status]
  const of = status === 'done' ? '' : ` of ${count(about.steps)}`
  const kept =
    checkpoints.length === 0
      ? 'no checkpoint'
      : `${checkpoints.length === 1 ? 'a checkpoint of step' : 'checkpoints of steps'} ${listed(checkpoints.map(count))}`
  const why = about.message === undefined ? '' : ` ${about.message}`
  return `begun ${dateOf(about.created)}, ${how} ${count(step)} steps${of}, in ${durationOf(seconds)}; ${kept}.${why}`
}

function metricsTable({ metrics }: Comparison, titles: readonly string[]): string {
  if (metrics.length === 0) return '<p>There are none.</p>'
  type Row = Comparison['metrics'][number]
  const column = (i: number, about: string, of: (metric: Metric) => Metric['best']): Column<Row> => ({
    ...(titles.length > 1 ? { head: titles[i]!, about } : { head: about }),
    cell({ values }) {
      const found = values[i] && of(values[i])
      return found ? `${numeral(found.value)} <small>at ${count(found.step)}</small>` : none
    },
  })
  const columns: readonly Column<Row>[] = [
    { head: 'metric', cell: ({ name }) => escaped(name) },
    ...titles.flatMap((_, i) => [column(i, 'last', ({ last }) => last), column(i, 'least', ({ best }) => best)]),
  ]
  return tableOf('The last value of each metric, and the least, with its step', columns, metrics)
}

/** What they were given: of several runs first what differs. */
function settingsTable({ runs, differences }: Comparison, titles: readonly string[]): string {
  const settings = runs.map(settingsOf)
  const differ = new Set(differences.map(({ path }) => path))
  const paths = [...new Set(settings.flatMap((of) => [...of.keys()]))]
  const columns: readonly Column<string>[] = [
    { head: 'setting', cell: (path) => `${escaped(path)}${differ.has(path) ? ' <small>differs</small>' : ''}` },
    ...titles.map(
      (title, i): Column<string> => ({
        head: runs.length > 1 ? title : 'value',
        align: 'left',
        cell: (path) => (settings[i]!.has(path) ? escaped(JSON.stringify(settings[i]!.get(path))) : none),
      }),
    ),
  ]
  const ordered = [...paths.filter((path) => differ.has(path)), ...paths.filter((path) => !differ.has(path))]
  return tableOf(differ.size > 0 ? 'All settings; those that differ come first' : 'All settings', columns, ordered)
}

/** Of very many points the least and the greatest of each stretch. */
function thinned({ name, points }: Curve): Curve {
  if (points.length <= 2 * stretches) return { name, points }
  const size = points.length / stretches
  const kept = Array.from({ length: stretches }, (_, i) => {
    const some = points.slice(Math.floor(i * size), Math.floor((i + 1) * size))
    const broken = some.find(([, value]) => !Number.isFinite(value))
    const ordered = some.toSorted((a, b) => a[1] - b[1])
    const ends = broken ? [broken] : [...new Set([ordered[0]!, ordered.at(-1)!])]
    return ends.sort((a, b) => a[0] - b[0])
  })
  return { name, points: [...kept.flat(), ...(kept.at(-1)!.includes(points.at(-1)!) ? [] : [points.at(-1)!])] }
}
const stretches = 400
