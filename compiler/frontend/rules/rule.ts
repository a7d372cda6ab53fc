import type { ts } from 'ts-morph'
import type { Code } from '../codes.ts'
import { type Finding, findingAt, type Place, placeIn } from '../finding.ts'
import type { Language } from '../language.ts'

export type Report = (node: ts.Node, code: Code, message: string, help?: string) => void

/** Looks at one node of a source, and reports what is wrong with it. Every node comes by, parents first. */
export type Rule = (language: Language, node: ts.Node, report: Report) => void

/** What rules find in a file. */
export function applyRules(language: Language, file: ts.SourceFile, rules: readonly Rule[]): readonly Finding[] {
  const found: Finding[] = []
  const report: Report = (node, code, message, help) => found.push(findingAt(placeOf(node, file), code, message, help))
  const enter = (node: ts.Node): void => {
    for (const rule of rules) rule(language, node, report)
    language.ts.forEachChild(node, enter)
  }
  enter(file)
  return found
}

/** Where a node begins, and as much of it as is on that line. */
export function placeOf(node: ts.Node, file: ts.SourceFile): Place {
  const start = node.getStart(file)
  return placeIn(file.fileName, file.text, start, node.end - start)
}

/** A part of a source as a message shows it: short, and on one line. */
export function shown(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}
