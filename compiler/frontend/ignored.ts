import type { ts } from 'ts-morph'
import { type Finding, findingAt, type Place, placeIn } from './finding.ts'
import type { Morph } from './load-sources.ts'

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

/** A code in a comment, and where it is written: what is found of it in the line below is left out. */
export interface Ignored extends Place {
  readonly code: string
}

/** What the comments of a file say to leave out. */
export function ignoredIn(ts: Morph['ts'], file: ts.SourceFile): readonly Ignored[] {
  const { text, fileName } = file
  return [...text.matchAll(new RegExp(`^[ \\t]*(${comment.source})`, 'gm'))].flatMap(({ index, 0: line, 1: words }) => {
    const start = index + line.length - words!.length
    if (isText(ts, file, start)) return []
    return [...words!.matchAll(/FX\d{4}/g)].map(({ index, 0: code }) => ({
      ...placeIn(fileName, text, start + index, code.length),
      code,
    }))
  })
}

/** Whether a place is within a text that the program has, which may have lines like those of a source. */
function isText(ts: Morph['ts'], file: ts.SourceFile, at: number): boolean {
  const within = (node: ts.Node): ts.Node =>
    ts.forEachChild(node, (child) => (child.pos <= at && at < child.end ? within(child) : undefined)) ?? node
  const deepest = within(file)
  return ts.isToken(deepest) && at >= deepest.getStart(file)
}

export const leavesOut = ({ file, line, code }: Ignored, found: Finding): boolean =>
  found.file === file && found.line === line + 1 && found.code === code

/** What is said of a code in a comment that leaves nothing out. */
export const unusedIgnore = (ignored: Ignored): Finding =>
  findingAt(ignored, 'FX9007', `no ${ignored.code} is found in the line below`)
