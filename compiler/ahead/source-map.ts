import { vlq } from './vlq.ts'

/** A line that was made, and the place that it comes from; all from 0. */
export interface Mapping {
  readonly line: number
  readonly source: string
  readonly sourceLine: number
  readonly sourceColumn: number
}

/**
 * A source map, version 3, of a file: https://tc39.es/ecma426/. The mappings are in the order of their lines, one each
 * at most.
 */
export function sourceMap(file: string, mappings: readonly Mapping[]): string {
  const sources = [...new Set(mappings.map(({ source }) => source))].sort()
  // A segment says how far each has moved since the last one.
  const last = { source: 0, line: 0, column: 0 }
  const lines: string[] = []
  for (const { line, source, sourceLine, sourceColumn } of mappings) {
    while (lines.length < line) lines.push('')
    const index = sources.indexOf(source)
    lines.push([0, index - last.source, sourceLine - last.line, sourceColumn - last.column].map(vlq).join(''))
    Object.assign(last, { source: index, line: sourceLine, column: sourceColumn })
  }
  return `${JSON.stringify({ version: 3, file, sources, names: [], mappings: lines.join(';') })}\n`
}
