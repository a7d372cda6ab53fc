import type { ts } from 'ts-morph'
import { type Finding, findingAt } from './finding.ts'
import { cycleText, type ImportGraph, importCycle, relativeImport } from './imports.ts'
import type { Language } from './language.ts'
import { placeOf } from './rules/rule.ts'
import { isLabel } from './rules/taken.ts'

/**
 * What a module uses, while it is loaded, of a module that imports it in turn. Loaded first, that one finds it
 * undefined or not there; which of them is first depends on who imports them. Uses in functions come later, and are no
 * finding.
 */
export function earlyUses(language: Language, file: ts.SourceFile, graph: ImportGraph): readonly Finding[] {
  const { ts } = language
  if (!importCycle(graph, file.fileName)) return []
  const circular = file.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const names = namesOf(ts, statement)
    const to = names.length > 0 ? targetOf(ts, statement, file, graph) : undefined
    const circle = to === undefined ? undefined : importCycle(graph, file.fileName, to)
    return circle ? names.map((name) => [name, circle] as const) : []
  })
  if (circular.length === 0) return []
  const circleOf = new Map(circular)
  return usedAtOnce(ts, file)
    .filter(({ text }) => circleOf.has(text))
    .map((name) => {
      const circle = cycleText(circleOf.get(name.text)!)
      return findingAt(
        placeOf(name, file),
        'FX9005',
        `${name.text} is used while this module is loaded, and comes from one that imports it: ${circle}`,
      )
    })
}

const targetOf = (
  ts: Language['ts'],
  { moduleSpecifier }: ts.ImportDeclaration,
  file: ts.SourceFile,
  graph: ImportGraph,
) =>
  ts.isStringLiteral(moduleSpecifier)
    ? relativeImport(file.fileName, moduleSpecifier.text, (path) => graph.textOf(path) !== undefined)
    : undefined

/** The names of values that an import declares. */
function namesOf(ts: Language['ts'], { importClause }: ts.ImportDeclaration): readonly string[] {
  if (!importClause || importClause.isTypeOnly) return []
  const { name, namedBindings } = importClause
  const named = !namedBindings
    ? []
    : ts.isNamespaceImport(namedBindings)
      ? [namedBindings.name.text]
      : namedBindings.elements.filter(({ isTypeOnly }) => !isTypeOnly).map((element) => element.name.text)
  return name ? [name.text, ...named] : named
}

/** Names that stand for values outside of functions, types and imports. */
function usedAtOnce(ts: Language['ts'], file: ts.SourceFile): readonly ts.Identifier[] {
  const found: ts.Identifier[] = []
  const enter = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node) || isOnlyNamed(ts, node)) return
    if (ts.isIdentifier(node) && !isLabel(ts, node) && !isDeclared(ts, node)) found.push(node)
    ts.forEachChild(node, enter)
  }
  enter(file)
  return found
}

const isOnlyNamed = (ts: Language['ts'], node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node)

/** The name of what is declared, not of what is used. */
const isDeclared = (ts: Language['ts'], node: ts.Identifier): boolean =>
  (ts.isVariableDeclaration(node.parent) || ts.isBindingElement(node.parent)) && node.parent.name === node
