/** A column of text, as wide as its widest cell. Default 'left'. */
interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

/** Rows of cells under their heads, without a line's end after the last. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ head }) => head), ...rows]
  const widths = columns.map((_, at) => Math.max(...lines.map((cells) => cells[at]!.length)))
  const padded = (cell: string, at: number): string =>
    columns[at]!.align === 'right' ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)
  return lines.map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n')
}
