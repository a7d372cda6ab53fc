import type { ts } from 'ts-morph'
import type { Morph } from './load-sources.ts'

/** What rules ask of an expression: whether it is a tensor, and which function of fluxion it calls. */
export interface Language {
  readonly ts: Morph['ts']
  readonly checker: ts.TypeChecker
  /** Whether a type is a tensor, and nothing else: not one that may be missing. */
  isTensorType(type: ts.Type): boolean
  /** The same of the type of an expression. */
  isTensor(node: ts.Expression): boolean
  /** Whether what an expression names was declared as something that may be missing, whatever has been tested since. */
  mayBeMissing(node: ts.Expression): boolean
  /**
   * Whether an expression stands for the function `name` of fluxion, which a file called `home` declares: 'layer' of
   * layer.ts.
   */
  isFunction(node: ts.Expression, name: string, home: string): boolean
  /** The path of that file, where it does. */
  declaredAt(node: ts.Expression, name: string, home: string): string | undefined
}

export function languageOf(ts: Morph['ts'], checker: ts.TypeChecker, isOfFluxion: (file: string) => boolean): Language {
  const homeOf = (symbol: ts.Symbol | undefined, name: string, home: string): string | undefined => {
    if (symbol?.name !== name) return undefined
    const files = (symbol.declarations ?? []).map((declaration) => declaration.getSourceFile().fileName)
    return files.find((file) => new RegExp(`[\\\\/]${home}\\.(d\\.)?[cm]?ts$`).test(file) && isOfFluxion(file))
  }
  const isOne = (type: ts.Type): boolean => homeOf(type.getSymbol(), 'Tensor', 'tensor') !== undefined
  const isTensorType = (given: ts.Type): boolean => {
    const type = given.flags & ts.TypeFlags.TypeParameter ? (checker.getBaseConstraintOfType(given) ?? given) : given
    return type.isUnion() ? type.types.every(isOne) : isOne(type)
  }
  // After `if (x) return` TypeScript takes the rest for unreachable, as x is always true: what it was declared as still
  // holds.
  const typeOf = (node: ts.Expression): ts.Type => {
    const type = checker.getTypeAtLocation(node)
    const symbol = type.flags & ts.TypeFlags.Never ? checker.getSymbolAtLocation(node) : undefined
    return symbol ? checker.getTypeOfSymbol(symbol) : type
  }
  const importedBy = new Map<ts.SourceFile, ReadonlySet<string>>()
  const isImported = (node: ts.Identifier): boolean => {
    const file = node.getSourceFile()
    const names = importedBy.get(file) ?? namesImported(ts, file)
    importedBy.set(file, names)
    return names.has(node.text)
  }
  const declaredAt = (node: ts.Expression, name: string, home: string): string | undefined => {
    const written = nameOf(ts, node)
    // Types last: of what is said of an object only the right name is worth asking whose it is.
    if (!written || (written.text !== name && !(node === written && isImported(node as ts.Identifier))))
      return undefined
    const symbol = checker.getSymbolAtLocation(written)
    if (!symbol) return undefined
    return homeOf(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol, name, home)
  }
  return {
    ts,
    checker,
    isTensorType,
    isTensor: (node) => isTensorType(typeOf(node)),
    mayBeMissing(node) {
      const symbol =
        ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? checker.getSymbolAtLocation(node) : undefined
      const declared = symbol && checker.getTypeOfSymbol(symbol)
      const missing = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void | ts.TypeFlags.BooleanLiteral
      return declared?.isUnion() === true && declared.types.some(({ flags }) => (flags & missing) !== 0)
    },
    declaredAt,
    isFunction: (node, name, home) => declaredAt(node, name, home) !== undefined,
  }
}

/** `program`, and what stands last in `fluxion.program` and `fluxion['program']`. */
function nameOf(ts: Morph['ts'], node: ts.Expression): ts.Identifier | ts.StringLiteralLike | undefined {
  if (ts.isIdentifier(node)) return node
  if (ts.isPropertyAccessExpression(node)) return ts.isIdentifier(node.name) ? node.name : undefined
  if (!ts.isElementAccessExpression(node)) return undefined
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression : undefined
}

/** The names that a file gives to what it imports. */
function namesImported(ts: Morph['ts'], { statements }: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  for (const statement of statements) {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined
    if (clause?.name) names.add(clause.name.text)
    const bindings = clause?.namedBindings
    if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) names.add(name.text)
  }
  return names
}

/** An expression without what TypeScript lets stand around it: `(x as T)!` is x. */
export function bare({ ts }: Pick<Language, 'ts'>, node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node)
    ? bare({ ts }, node.expression)
    : node
}

/** What a name stands for: the expression that a constant was declared with, else the expression itself. */
export function meant(language: Language, given: ts.Expression, depth = 8): ts.Expression {
  const { ts, checker } = language
  const node = bare(language, given)
  if (!ts.isIdentifier(node) || depth === 0) return node
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration
  const isConstant =
    declaration !== undefined &&
    ts.isVariableDeclaration(declaration) &&
    ts.isIdentifier(declaration.name) &&
    declaration.initializer !== undefined &&
    (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
  return isConstant ? meant(language, declaration.initializer!, depth - 1) : node
}
