import type { Node } from 'ts-morph'
import { loadSources, type Morph } from './load-sources.ts'

/** What a file exports. */
export interface FoundExport {
  /** 'default' among them. */
  readonly name: string
  /** An absolute path: of the file where it is declared, which may be another. */
  readonly file: string
  /** Of the declaration, from 1. */
  readonly line: number
  /** Its doc comment as it is written, with lines that end in one character; empty where there is none. */
  readonly comment: string
}

/**
 * The exports of a file, in the order of their names. Throws a FrontendError, which says what to do, where the file or
 * ts-morph is missing, or the file does not parse.
 */
export async function findExports(file: string): Promise<readonly FoundExport[]> {
  const { files, morph } = await loadSources({ files: [file] }, { noLib: true })
  return files
    .flatMap((source) => [...source.getExportedDeclarations()])
    .flatMap(([name, [declared]]) => (declared ? [describe(name, declared, morph)] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const describe = (name: string, declared: Node, morph: Morph): FoundExport => ({
  name,
  file: declared.getSourceFile().getFilePath(),
  line: declared.getStartLineNumber(),
  comment: commentOf(declared, morph),
})

/** A variable's comment stands before its statement, and that of `export default` before the assignment. */
function commentOf(declared: Node, { Node }: Morph): string {
  const parent = declared.getParent()
  const holder = Node.isVariableDeclaration(declared)
    ? declared.getVariableStatement()
    : Node.isExportAssignment(parent)
      ? parent
      : declared
  const comment = holder && Node.isJSDocable(holder) ? holder.getJsDocs().at(-1)?.getText() : undefined
  return (comment ?? '').replaceAll('\r\n', '\n')
}
