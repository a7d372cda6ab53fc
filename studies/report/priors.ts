import { escaped } from '../../compiler/explain/html/escape.ts'
import type { PriorResults, Results } from '../align/results.ts'
import { count, decimalsFor, durationOf, fixed } from './numbers.ts'
import { type Column, columnDecimals, measured, tableOf } from './tables.ts'

/** The priors, and how well each has learnt its target. */
export function priorsOf({ priors, settings }: Results): string {
  if (priors.length === 0) return '<p>There are none.</p>'
  const [nll, energy] = [
    columnDecimals(priors.map(({ heldOutNll }) => heldOutNll)),
    columnDecimals(priors.map((prior) => prior.energy)),
  ]
  const curvature = decimalsFor(priors.map((prior) => prior.curvature))
  const columns: readonly Column<PriorResults>[] = [
    { head: 'Prior', cell: ({ title, name }) => `${escaped(title)} <small>${escaped(name)}</small>` },
    { head: 'Rows', cell: ({ rows }) => count(rows) },
    { head: 'Features', about: 'dimension', cell: ({ featureDim }) => count(featureDim) },
    { head: 'Intrinsic', about: 'dimension', cell: ({ intrinsicDimension }) => fixed(intrinsicDimension, 1) },
    {
      head: 'Distortion',
      about: 'std of the ratio of squared distances',
      cell: ({ distortion }) => fixed(distortion, 3),
    },
    { head: '-log p', about: 'held out, in nats', cell: ({ heldOutNll }) => measured(heldOutNll, nll) },
    { head: 'Energy distance', about: 'of its samples', cell: (prior) => measured(prior.energy, energy) },
    { head: 'Curvature', about: 'of its paths', cell: (prior) => fixed(prior.curvature, curvature) },
    { head: 'Time', cell: ({ seconds }) => durationOf(seconds) },
  ]
  const how = priors.map(
    ({ title, projection, solver }) =>
      `<li><b>${escaped(title)}</b>: projected to ${count(settings.latent)} dimensions (${escaped(projection)}); likelihoods by ${escaped(solver)}.</li>`,
  )
  return `${tableOf('Priors, held to rows that they were not trained on', columns, priors)}
<ul class="note">${how.join('\n')}</ul>`
}
