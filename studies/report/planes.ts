import { escaped } from '../../compiler/explain/html/escape.ts'
import { median } from '../../models/metrics/summary.ts'
import type { ModelResults, Results } from '../align/results.ts'
import type { Draw, Series } from './charts.ts'
import { colourOf } from './curves.ts'
import { listed } from './numbers.ts'

type Plane = ModelResults['planes'][number]

/** For each model and plane its latents, coloured by digit, and beside them the target on the same axes. */
export function planesOf({ models }: Results, draw: Draw): string {
  const labels = labelsOf(models.flatMap(({ planes }) => planes))
  const legend = labels.map((label) => `<li><i class="dot" style="background: ${colourOf(label)}"></i>${label}</li>`)
  const parts = models.map(({ title, planes }) => {
    const panels = planes.flatMap((plane) => panelsOf(plane, title, draw))
    return `<h3>${escaped(title)}</h3>\n${panels.length > 0 ? `<div class="grid pairs">${panels.join('\n')}</div>` : '<p>Its latents were not drawn.</p>'}`
  })
  return `<ul class="legend" aria-label="colours of digits">${legend.join('')}</ul>\n${parts.join('\n')}`
}

function panelsOf(plane: Plane, title: string, draw: Draw): readonly string[] {
  const { method, latents, target } = plane
  const ranges = squareRanges([...latents, ...target])
  const panel = (what: string, alt: string, series: readonly Series[]) =>
    `<figure><figcaption>${escaped(what)}</figcaption>${draw({ alt, width: 246, height: 234, x: { range: ranges[0] }, y: { range: ranges[1] }, series })}</figure>`
  const labels = labelsOf([plane])
  const of = (label: number) => latents.filter((point) => point[2] === label && isFinitePoint(point))
  const dots = labels.map(
    (label): Series => ({ colour: colourOf(label), draw: 'dots', points: of(label).map(([x, y]) => [x, y]) }),
  )
  const middles = labels.filter((label) => of(label).length > 0)
  const words = middles.map(
    (label): Series => ({
      colour: 'var(--text)',
      draw: 'words',
      words: [`${label}`],
      points: [[median(of(label).map(([x]) => x)), median(of(label).map(([, y]) => y))]],
    }),
  )
  const lost = latents.length + target.length - [...latents, ...target].filter(isFinitePoint).length
  const note = lost > 0 ? `; not drawn, since not finite: ${lost}` : ''
  return [
    panel(
      `${method}: ${latents.length} latents${note}`,
      `${method} of ${latents.length} latents of ${title}, coloured by digit: ${listed(labels.map(String))}`,
      [...dots, ...words],
    ),
    ...(target.length > 0
      ? [
          panel(
            `${method}: ${target.length} points of the target`,
            `The prior's target by the same ${method} and on the same axes`,
            [{ colour: 'var(--target)', draw: 'dots', points: target.filter(isFinitePoint).map(([x, y]) => [x, y]) }],
          ),
        ]
      : []),
  ]
}

const labelsOf = (planes: readonly Plane[]): readonly number[] =>
  [...new Set(planes.flatMap(({ latents }) => latents.map(([, , label]) => label)))].sort((a, b) => a - b)

const isFinitePoint = ([x, y]: readonly number[]): boolean => Number.isFinite(x) && Number.isFinite(y)

/** Of x and y, equally long, so that a unit is as long across as it is up. */
function squareRanges(points: readonly (readonly number[])[]): readonly [Range, Range] {
  const kept = points.filter(isFinitePoint)
  const ends = [0, 1].map((axis) => {
    const values = kept.map((point) => point[axis]!)
    return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ] as Range)
  })
  const half = 0.53 * Math.max(...ends.map(([low, high]) => (low < high ? high - low : 0)))
  return ends.map(([low, high]): Range => {
    const middle = kept.length > 0 ? (low + high) / 2 : 0
    return [middle - (half || 1), middle + (half || 1)]
  }) as [Range, Range]
}
type Range = readonly [low: number, high: number]
