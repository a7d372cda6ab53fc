import { SourceMap as Mapping, type SourceMapPayload } from 'node:module'

/** A place of a file, and the whole text of the file. Lines count from 1, columns from 0. */
export interface Located {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly text: string
}

/**
 * Where an offset of code stands in the source that a map leads back to; where that leads nowhere, the place in the
 * code itself.
 */
export function located(
  code: string,
  offset: number,
  map: Omit<SourceMapPayload, 'sourceRoot'>,
  file: string,
): Located {
  const made = code.slice(0, offset).split('\n')
  const [line, column] = [made.length - 1, made.at(-1)!.length]
  const entry = new Mapping({ ...map, sourceRoot: '' }).findEntry(line, column)
  const text = 'originalSource' in entry ? map.sourcesContent?.[map.sources.indexOf(entry.originalSource)] : undefined
  if (!('originalSource' in entry) || text === undefined) return { file, line: line + 1, column, text: code }

  // Maps name places of some words only: from there on both texts are the same, or nothing is known.
  const from = offset - (line === entry.generatedLine ? column - entry.generatedColumn : 0)
  const original = offsetOf(text, entry.originalLine, entry.originalColumn)
  const passed = code.slice(from, offset + 1)
  const moved = text.startsWith(passed, original) ? offset - from : 0
  return { file, line: entry.originalLine + 1, column: entry.originalColumn + moved, text }
}

/** The offset of a line and a column, both from 0. */
export const offsetOf = (text: string, line: number, column: number): number =>
  text
    .split('\n')
    .slice(0, line)
    .reduce((sum, one) => sum + one.length + 1, column)
