import { escaped } from '../../compiler/explain/html/escape.ts'
import type { ModelResults, Results } from '../align/results.ts'
import { bestOf, measuresOf, plainOf } from './measures.ts'
import { count, fixed } from './numbers.ts'
import { type Column, columnDecimals, measured, none, tableOf } from './tables.ts'

/** Models by what they are compared by. */
export function headlineOf(results: Results): string {
  const { models, settings, repeats } = results
  const errors =
    repeats.length === 0
      ? '± is a standard error'
      : `Numbers are means over ${repeats.length + 1} seeds; ± is half of a 95% interval over them`
  const plain = plainOf(models)
  const columns = measuresOf(results).map((measure): Column<ModelResults> => {
    const decimals = measure.decimals === 'few' ? columnDecimals(models.map(measure.of)) : measure.decimals
    const best = bestOf(measure, models)
    const { head, better } = measure
    return {
      head: `${head} ${better === 'higher' ? '↑' : '↓'}`,
      about: measure.about,
      cell: (model) => measured(measure.of(model), decimals, best.has(model)),
    }
  })
  const cost: Column<ModelResults> = {
    head: 'Cost',
    about: 'of a step, over that of plain',
    cell: ({ millisecondsPerStep: time }) => {
      if (!plain) return none
      const ratio = time / plain.millisecondsPerStep
      return Number.isFinite(ratio) ? `${fixed(ratio, 2)}×` : fixed(ratio, 2)
    },
  }
  return `${tableOf(`Models on ${count(settings.heldOut)} digits that were held out, and ${count(settings.samples)} that each generator draws`, [modelColumn, ...columns, cost], models)}
<p class="note">↑ more is better, ↓ less is. ${errors}. <i>Noise</i> is what 19 of 20 sets of as many real digits are below. In bold is the best of a column with all that noise does not tell from it: ${
    repeats.length === 0
      ? 'two standard errors of a difference (those of shares where a column has none of its own), or the noise floor where that is larger'
      : 'a 95% interval of differences of the same seed'
  }; nothing is bold where nothing is told apart.</p>`
}

export const modelColumn: Column<ModelResults> = {
  head: 'Model',
  cell: ({ title, name, regulariser }) => {
    const how = regulariser
      ? `${regulariser.objective}, weight ${Number(regulariser.weight.toPrecision(4))}${regulariser.prior === undefined ? '' : `, prior ${regulariser.prior}`}`
      : ''
    const said = [name === title || name === regulariser?.objective ? '' : name, how]
      .filter((part) => part !== '')
      .join(': ')
    return `${escaped(title)}${said === '' ? '' : ` <small>${escaped(said)}</small>`}`
  },
}
