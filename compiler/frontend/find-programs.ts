import { dirname } from 'node:path'
import type { CallExpression, Node, SourceFile, ts } from 'ts-morph'
import { FrontendError } from './error.ts'
import { languageOf } from './language.ts'
import { loadSources, type Morph, type Sources } from './load-sources.ts'
import { ofFluxion } from './of-fluxion.ts'
import { callsOfProgram } from './program-calls.ts'
import { dimsIn, inputsIn } from './read-spec.ts'

/** A call of `program` in a project's sources. */
export interface FoundProgram {
  /** The variable that holds it; undefined where none does. */
  readonly name: string | undefined
  /** The names under which its file exports it: none, its own, another one, 'default'. */
  readonly exportedAs: readonly string[]
  /** An absolute path. */
  readonly file: string
  /** Of the call, from 1. */
  readonly line: number
  /** The text of its doc comment, without tags; empty where there is none. */
  readonly doc: string
  /** The inputs that its spec names, as they are written. */
  readonly inputs: readonly string[]
  /** The named dims that its spec mentions, sorted: those that want a size when it is compiled. */
  readonly dims: readonly string[]
}

/**
 * Every program of a project, in the order of files and lines: each call of what resolves to `program` of 'fluxion',
 * under whatever name and through whatever files it was imported.
 *
 * Throws a FrontendError, which says what to do, where the project, a file, ts-morph or fluxion is missing, or a source
 * does not parse.
 */
export async function findPrograms(sources: Sources): Promise<readonly FoundProgram[]> {
  const { files, morph, project } = await loadSources(sources)
  for (const file of files) checkResolves(file)
  const language = languageOf(morph.ts, project.getTypeChecker().compilerObject as ts.TypeChecker, ofFluxion())
  return files.flatMap((file) =>
    callsOfProgram(language, file).map(({ call }) => {
      const [spec] = call.getArguments()
      return { ...describeProgram(call, file, morph), dims: spec ? dimsIn(spec) : [] }
    }),
  )
}

export function checkResolves(file: SourceFile): void {
  for (const declaration of file.getImportDeclarations())
    if (declaration.getModuleSpecifierValue() === 'fluxion' && !declaration.getModuleSpecifier().getSymbol())
      throw new FrontendError(
        `${file.getFilePath()}:${declaration.getStartLineNumber()}: the types of 'fluxion' are not found from ${dirname(file.getFilePath())}; install it there: npm install fluxion`,
      )
}

/** What is known of it without types, which take long to infer. */
export function describeProgram(call: CallExpression, file: SourceFile, morph: Morph): Omit<FoundProgram, 'dims'> {
  const { Node } = morph
  const holder = outermost(call, morph).getParent()
  const variable = Node.isVariableDeclaration(holder) && Node.isIdentifier(holder.getNameNode()) ? holder : undefined
  const statement = variable?.getVariableStatement()
  const docs = statement ?? (Node.isExportAssignment(holder) ? holder : undefined)
  const spec = call.getArguments()[0]
  return {
    name: variable?.getName(),
    exportedAs: exportsOf(holder, file),
    file: file.getFilePath(),
    line: call.getStartLineNumber(),
    doc: docs && Node.isJSDocable(docs) ? (docs.getJsDocs().at(-1)?.getDescription().trim() ?? '') : '',
    inputs: spec ? inputsIn(spec, morph) : [],
  }
}

/** The expression with what TypeScript lets stand around it: `(call) satisfies X`. */
function outermost(node: Node, morph: Morph): Node {
  const parent = node.getParent()
  const wraps =
    morph.Node.isParenthesizedExpression(parent) ||
    morph.Node.isAsExpression(parent) ||
    morph.Node.isSatisfiesExpression(parent) ||
    morph.Node.isNonNullExpression(parent)
  return wraps ? outermost(parent, morph) : node
}

/** A file's exports lead to declarations: the variable, or the `export default` itself. */
const exportsOf = (holder: Node | undefined, file: SourceFile): readonly string[] =>
  holder
    ? [...file.getExportedDeclarations()].flatMap(([name, to]) => (to.some((one) => isAt(one, holder)) ? [name] : []))
    : []

const isAt = (declared: Node, holder: Node): boolean => declared === holder || declared.getParent() === holder
