import { type Code, codes, type Severity } from './codes.ts'

/** A stretch of one line of a source. */
export interface Place {
  /** An absolute path. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** At least 1. */
  readonly length: number
}

/** Something that is wrong, or seems so, in an author's sources: plain data. */
export interface Finding extends Place {
  readonly code: Code
  readonly severity: Severity
  /** One line. */
  readonly message: string
  /** What to do about it. */
  readonly help: string
}

export const findingAt = (
  { file, line, column, length }: Place,
  code: Code,
  message: string,
  help: string = codes[code].help,
): Finding => ({ code, severity: codes[code].severity, message, help, file, line, column, length })

/** By file and place, each once: what types and tracing both say of a line, in the same words, is one finding. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const once = new Map<string, Finding>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.file, finding.line, finding.code, finding.message])
    if (!once.has(key)) once.set(key, finding)
  }
  return [...once.values()].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The first `length` characters from an offset that are on its line. */
export function placeIn(file: string, text: string, start: number, length: number): Place {
  const before = text.slice(0, start)
  const lineStart = before.lastIndexOf('\n') + 1
  const rest = text.slice(start, start + length)
  const upTo = rest.search(/[\r\n]/)
  return {
    file,
    line: before.split('\n').length,
    column: start - lineStart + 1,
    length: Math.max(1, upTo < 0 ? rest.length : upTo),
  }
}
