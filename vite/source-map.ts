import { vlq } from '../compiler/ahead/vlq.ts'
import type { Insertion } from './options.ts'

/** A source map, version 3: https://tc39.es/ecma426/. */
export interface SourceMap {
  readonly version: 3
  readonly sources: string[]
  readonly sourcesContent: string[]
  readonly names: string[]
  readonly mappings: string
}

/**
 * The code with its insertions, which are in order, and the map back. Every word keeps its own place: columns count
 * when maps are followed one after the other.
 */
export function inserted(
  code: string,
  insertions: readonly Insertion[],
  source: string,
): { readonly code: string; readonly map: SourceMap } {
  const pieces: string[] = []
  const lines: string[] = []
  let segments: string[] = []
  // Places in what is made and in the source; a segment says how far each has moved since the last one.
  let [column, lastColumn] = [0, 0]
  const at = { line: 0, column: 0 }
  const last = { line: 0, column: 0 }

  const keep = (text: string) => {
    pieces.push(text)
    for (const [word] of text.matchAll(/\n|[\w$]+|[^\w$\n]+?(?=[\w$\n]|$)/g)) {
      if (word === '\n') {
        lines.push(segments.join())
        segments = []
        column = lastColumn = 0
        at.line++
        at.column = 0
        continue
      }
      segments.push([column - lastColumn, 0, at.line - last.line, at.column - last.column].map(vlq).join(''))
      lastColumn = column
      Object.assign(last, at)
      column += word.length
      at.column += word.length
    }
  }
  let from = 0
  for (const insertion of insertions) {
    keep(code.slice(from, insertion.at))
    pieces.push(insertion.text)
    column += insertion.text.length
    from = insertion.at
  }
  keep(code.slice(from))
  lines.push(segments.join())
  return {
    code: pieces.join(''),
    map: { version: 3, sources: [source], sourcesContent: [code], names: [], mappings: lines.join(';') },
  }
}
