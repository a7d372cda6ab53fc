import { escaped } from '../../compiler/explain/html/escape.ts'
import type { Interval, Results } from '../align/results.ts'
import type { Draw } from './charts.ts'
import { colourOf } from './curves.ts'
import { fixed } from './numbers.ts'

/** The alignment loss of latents against their -log p, for each model that was held to a prior. */
export function agreementOf({ models }: Results, draw: Draw): string {
  const charts = models.flatMap(({ title, latents: { agreement } }, index) => {
    if (!agreement) return []
    const { pearson, spearman } = agreement
    const points = agreement.points.filter((point) => point.every(Number.isFinite))
    const correlations = `Pearson ${interval(pearson)}, Spearman ${interval(spearman)}`
    const svg = draw({
      alt: `Alignment loss against -log p of ${points.length} latents of ${title}: ${correlations}`,
      width: 360,
      height: 260,
      x: { name: 'alignment loss' },
      y: { name: '-log p, nats' },
      series: [{ colour: colourOf(index), draw: 'dots', points }],
    })
    const lost = agreement.points.length - points.length
    const note = lost > 0 ? `; not drawn, since not finite: ${lost}` : ''
    return [`<figure><figcaption><b>${escaped(title)}</b>${note}<br>${correlations}</figcaption>${svg}</figure>`]
  })
  return charts.length === 0
    ? '<p>No model was held to a prior.</p>'
    : `<div class="grid charts">${charts.join('\n')}</div>`
}

const interval = ({ value, low, high }: Interval): string =>
  `${fixed(value, 2)} (${fixed(low, 2)} to ${fixed(high, 2)})`
