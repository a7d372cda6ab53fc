import { escaped } from '../../compiler/explain/html/escape.ts'
import type { Measured } from './measures.ts'
import { decimalsFor, fixed } from './numbers.ts'

export interface Column<Row> {
  readonly head: string
  /** Below the head, in small. */
  readonly about?: string
  /** HTML of a cell. */
  readonly cell: (row: Row) => string
  readonly align?: 'left'
}

/** A table whose first column names its rows, in a box that scrolls where it is too wide. */
export function tableOf<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const [first, ...others] = columns
  const head = ({ head, about, align }: Column<Row>) =>
    `<th scope="col"${align === 'left' ? ' class="left"' : ''}>${escaped(head)}${about === undefined ? '' : ` <small>${escaped(about)}</small>`}</th>`
  const body = rows.map(
    (row) =>
      `<tr><th scope="row">${first!.cell(row)}</th>${others.map(({ cell, align }) => `<td${align === 'left' ? ' class="left"' : ''}>${cell(row)}</td>`).join('')}</tr>`,
  )
  return `<div class="wide" role="region" tabindex="0" aria-label="${escaped(caption)}">
<table>
<caption>${escaped(caption)}</caption>
<thead><tr>${columns.map(head).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>`
}

export const none = '<span class="muted" aria-label="none">–</span>'

/** A value with its error, and its noise floor below it. */
export function measured({ value, error, floor }: Measured, decimals: number, isBest = false): string {
  const text = fixed(value, decimals)
  const shown = isBest ? `<b>${text}<span class="heard"> (best)</span></b>` : text
  const beside = error === undefined ? '' : ` <small>± ${fixed(error, decimals)}</small>`
  return `${shown}${beside}${floor === undefined ? '' : `<small class="below">noise ${fixed(floor, decimals)}</small>`}`
}

/** Decimals that suit values, errors and floors of a whole column. */
export const columnDecimals = (column: readonly (Measured | undefined)[]): number =>
  decimalsFor(column.flatMap((found) => (found ? [found.value, found.error ?? 0, found.floor ?? 0] : [])))
