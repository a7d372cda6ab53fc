import type { ModelMeasures, ModelResults, Results } from '../align/results.ts'
import { modelColumn } from './headline.ts'
import { type Measured, meanOver } from './measures.ts'
import { count, decimalsFor, durationOf, fixed } from './numbers.ts'
import { type Column, columnDecimals, measured, none, tableOf } from './tables.ts'

/** What became of the latents of each model, and what it took. */
export function latentsOf(results: Results): string {
  const { models, settings, repeats } = results
  const optional = (
    head: string,
    about: string,
    one: (model: ModelMeasures) => Measured | undefined,
  ): Column<ModelResults> => {
    const of = (model: ModelResults) => meanOver(results, model, one)
    const decimals = columnDecimals(models.map(of))
    return {
      head,
      about,
      cell: (model) => {
        const found = of(model)
        return found ? measured(found, decimals) : none
      },
    }
  }
  const columns = [
    modelColumn,
    optional('E||y||²', `a target has ${settings.latent}`, ({ latents }) => ({ value: latents.secondMoment })),
    optional('Energy distance', "to the prior's target", ({ latents }) => latents.energy),
    optional('-log p', 'of latents, in nats', ({ latents }) => latents.nll),
    optional('-log p', "of the prior's held-out rows", ({ latents }) => latents.targetNll),
    optional('Fréchet', "of digits decoded from the prior's own samples", ({ generated }) => generated.fromPrior),
    { head: 'Parameters', cell: ({ parameters }: ModelResults) => count(parameters) },
    {
      head: 'Step',
      about: 'in milliseconds',
      cell: ({ millisecondsPerStep }: ModelResults) =>
        fixed(millisecondsPerStep, decimalsFor(models.map((model) => model.millisecondsPerStep))),
    },
    { head: 'Time', about: 'in all', cell: ({ seconds }: ModelResults) => durationOf(seconds) },
  ]
  const seeds = repeats.length === 0 ? '' : `; means over ${repeats.length + 1} seeds with 95% intervals, but for time`
  return `${tableOf(`Latents of held-out digits, and the size and cost of each model${seeds}`, columns, models)}
<p class="note">Latents whose -log p is far below that of held-out rows are too likely: they have collapsed to where the prior is densest. What is decoded from samples of the prior itself, for KL of N(0, I), needs no generator: it is good where latents have the distribution of the prior.</p>`
}
