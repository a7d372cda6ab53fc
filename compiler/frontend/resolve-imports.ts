import type { ts } from 'ts-morph'
import type { Morph } from './load-sources.ts'
import { knowsFluxion } from './of-fluxion.ts'

type Resolve = NonNullable<ts.LanguageServiceHost['resolveModuleNames']>

/**
 * Resolves imports as TypeScript does, but for packages of which a file takes types alone, or that it loads on demand:
 * nothing that a program calls is of them. Left out their types are any, and what declares them need not be parsed,
 * which may take longer than all the rest. Packages that know fluxion may have types of tensors, and are always
 * resolved.
 */
export function resolveImports(
  { ts }: Morph,
  host: ts.ModuleResolutionHost,
  options: () => ts.CompilerOptions,
): Resolve {
  const mayHaveTensors = knowsFluxion()
  let cache: ts.ModuleResolutionCache | undefined
  return (names, from, _reused, redirected, _options, source) => {
    cache ??= ts.createModuleResolutionCache(process.cwd(), (path) => path, options())
    const called = source && staticallyImported(ts, source)
    return names.map((name) => {
      const { resolvedModule } = ts.resolveModuleName(
        name,
        from,
        options(),
        host,
        cache,
        redirected,
        source?.impliedNodeFormat,
      )
      const isKept =
        !resolvedModule?.isExternalLibraryImport ||
        !called ||
        called.has(name) ||
        mayHaveTensors(resolvedModule.resolvedFileName)
      return isKept ? resolvedModule : undefined
    })
  }
}

/** The modules whose values a file imports, or hands on. */
function staticallyImported(ts: Morph['ts'], { statements }: ts.SourceFile): ReadonlySet<string> {
  const found = new Set<string>()
  for (const statement of statements) {
    const isImport = ts.isImportDeclaration(statement) && !statement.importClause?.isTypeOnly
    const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly
    if (!isImport && !isExport) continue
    const { moduleSpecifier } = statement
    if (moduleSpecifier && ts.isStringLiteral(moduleSpecifier)) found.add(moduleSpecifier.text)
  }
  return found
}
