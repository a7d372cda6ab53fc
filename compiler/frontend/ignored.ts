import type { Finding } from './finding.ts'

/** What a comment says about the line below it. The reason is part of it: without one it is not heard. */
const comment = /\/\/\s*fluxion-ignore\s+(FX\d{4}(?:\s*,\s*FX\d{4})*)\s*:\s*\S/

/** The findings that no comment on the line before them, `// fluxion-ignore FX1007: reason`, says to leave out. */
export function heeded(findings: readonly Finding[], textOf: (file: string) => string | undefined): readonly Finding[] {
  const lines = new Map<string, readonly string[]>()
  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file) ?? (textOf(file) ?? '').split('\n')
    lines.set(file, known)
    return known
  }
  return findings.filter(({ file, line, code }) => {
    const above = comment.exec(linesOf(file)[line - 2] ?? '')?.[1]
    return !above?.split(',').some((ignored) => ignored.trim() === code)
  })
}
