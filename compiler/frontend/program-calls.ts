import type { CallExpression, SourceFile, ts } from 'ts-morph'
import type { Language } from './language.ts'

/** A call of `program` of 'fluxion', and the file of the package that declares it. */
export interface FoundCall {
  readonly call: CallExpression
  readonly declared: string
}

/** Those in a file, in its order. */
export function callsOfProgram(language: Language, file: SourceFile): readonly FoundCall[] {
  const { ts } = language
  const found: FoundCall[] = []
  const source = file.compilerNode as ts.SourceFile
  // Nodes of ts-morph are made for those alone that are meant: there are many calls.
  const enter = (node: ts.Node): void => {
    const declared = ts.isCallExpression(node) ? language.declaredAt(node.expression, 'program', 'program') : undefined
    if (declared !== undefined) found.push({ call: wrapped(file, node as ts.CallExpression), declared })
    ts.forEachChild(node, enter)
  }
  // Most files have none, and need not be walked.
  if (source.text.includes('program')) enter(source)
  return found
}

const wrapped = (file: SourceFile, node: ts.CallExpression): CallExpression =>
  file
    .getDescendantAtPos(node.getStart())!
    .getFirstAncestorOrThrow((above) => above.compilerNode === node) as CallExpression
