import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Node, Symbol as TypeScriptSymbol } from 'ts-morph'
import type { Morph } from './load-sources.ts'

/** Whether a callee is `program` of 'fluxion': it resolves to the function of that name that the package declares. */
export function isFluxionProgram(callee: Node, { Node }: Morph): boolean {
  // What a name stands for is known without types; of methods only those of the right name are worth inferring a type.
  if (Node.isIdentifier(callee)) return isDeclaredByFluxion(callee.getSymbol())
  if (Node.isPropertyAccessExpression(callee))
    return callee.getName() === 'program' && isDeclaredByFluxion(callee.getNameNode().getSymbol())
  if (!Node.isElementAccessExpression(callee)) return false
  const key = callee.getArgumentExpression()
  return Node.isStringLiteral(key) && key.getLiteralValue() === 'program' && isDeclaredByFluxion(key.getSymbol())
}

function isDeclaredByFluxion(symbol: TypeScriptSymbol | undefined): boolean {
  const declared = symbol?.getAliasedSymbol() ?? symbol
  if (declared?.getName() !== 'program') return false
  return declared.getDeclarations().some((declaration) => {
    const file = declaration.getSourceFile()
    return (
      declaration.getKindName() === 'FunctionDeclaration' &&
      file.getBaseName().startsWith('program.') &&
      isFluxion(packageOf(file.getFilePath()))
    )
  })
}

const isFluxion = (manifest: string | undefined): boolean => {
  if (manifest === undefined) return false
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }
  return name === 'fluxion'
}

/** The nearest package.json that a file belongs to. */
function packageOf(file: string): string | undefined {
  const folder = dirname(file)
  if (folder === file) return undefined
  const manifest = join(folder, 'package.json')
  return existsSync(manifest) ? manifest : packageOf(folder)
}
