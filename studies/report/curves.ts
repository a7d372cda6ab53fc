import { escaped } from '../../compiler/explain/html/escape.ts'
import type { Curve } from '../align/results.ts'
import type { Draw, Series } from './charts.ts'
import { fixed } from './numbers.ts'

/** What has curves, such as a model, with the colour that it has everywhere. */
export interface Trained {
  readonly title: string
  readonly index: number
  readonly curves: readonly Curve[]
}

/** In ten colours; beyond these lines are dashed. */
export const colourOf = (index: number): string => `var(--c${index % 10})`
const dashes = ['solid', 'dashed', 'dotted'] as const
const dashOf = (index: number) => dashes[Math.floor(index / 4) % 3]!

export const legendOf = (trained: readonly Pick<Trained, 'title' | 'index'>[]): string =>
  `<ul class="legend">${trained
    .map(
      ({ title, index }) =>
        `<li><i style="border-color: ${colourOf(index)}; border-top-style: ${dashOf(index)}"></i>${escaped(title)}</li>`,
    )
    .join('')}</ul>`

/** A chart for each name of a curve, with a line for each that has it. */
export function curvesOf(trained: readonly Trained[], draw: Draw): string {
  const names = [...new Set(trained.flatMap(({ curves }) => curves.map(({ name }) => name)))]
  const charts = names.map((name) => {
    const lines = trained.flatMap(({ title, index, curves }) =>
      curves.filter((curve) => curve.name === name).map(({ points }) => ({ title, index, points })),
    )
    const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite)
    // There may be more than a call takes arguments.
    const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as const)
    const log = least > 0 && most > 30 * least
    const series = lines.map(
      ({ index, points }): Series => ({
        colour: colourOf(index),
        dash: dashOf(index),
        draw: 'line',
        points: points.map(([step, value]) => [step, Number.isFinite(value) ? value : null]),
      }),
    )
    const ends = lines.map(({ title, points }) => `${title} ends at ${lastOf(points)}`)
    const alt = `${name} by step: ${ends.join('; ')}`
    const broken = lines.flatMap(({ title, points }) => {
      const first = points.find(([, value]) => !Number.isFinite(value))
      return first ? [`${title} is ${fixed(first[1], 0)} at step ${first[0]}`] : []
    })
    const note = broken.length > 0 ? `<br>${escaped(broken.join('; '))}` : ''
    const svg = draw({ alt, width: 360, height: 240, x: { name: 'step' }, y: { log }, series })
    const meaning = meanings[name] ? `, ${meanings[name]}` : ''
    return `<figure><figcaption><b>${escaped(name)}</b>${meaning}${log ? ', logarithmic' : ''}${note}</figcaption>${svg}</figure>`
  })
  return charts.length === 0 ? '<p>There are none.</p>' : `<div class="grid charts">${charts.join('\n')}</div>`
}

/** Of names that do not say it. */
const meanings: { readonly [name: string]: string } = {
  nll: 'the mean of -log p under the prior, in nats, over what was held out',
}

const lastOf = (points: Curve['points']): string => {
  const last = points.at(-1)
  return last ? `${fixed(last[1], 2)} at step ${last[0]}` : 'nothing'
}
