import type { Node, Symbol as TypeScriptSymbol } from 'ts-morph'
import type { Morph } from './load-sources.ts'
import { ofFluxion } from './of-fluxion.ts'

/** Whether a callee is `program` of 'fluxion': it resolves to the function of that name that the package declares. */
export function isFluxionProgram(callee: Node, morph: Morph, isOfFluxion = ofFluxion()): boolean {
  return programDeclaration(callee, morph, isOfFluxion) !== undefined
}

/** The file of the package that declares what a callee is, where that is `program` of 'fluxion'. */
export function programDeclaration(
  callee: Node,
  { Node }: Morph,
  isOfFluxion: (file: string) => boolean,
): string | undefined {
  // What a name stands for is known without types; of methods only those of the right name are worth inferring a type.
  if (Node.isIdentifier(callee)) return declaredByFluxion(callee.getSymbol(), isOfFluxion)
  if (Node.isPropertyAccessExpression(callee))
    return callee.getName() === 'program' ? declaredByFluxion(callee.getNameNode().getSymbol(), isOfFluxion) : undefined
  if (!Node.isElementAccessExpression(callee)) return undefined
  const key = callee.getArgumentExpression()
  return Node.isStringLiteral(key) && key.getLiteralValue() === 'program'
    ? declaredByFluxion(key.getSymbol(), isOfFluxion)
    : undefined
}

function declaredByFluxion(
  symbol: TypeScriptSymbol | undefined,
  isOfFluxion: (file: string) => boolean,
): string | undefined {
  const declared = symbol?.getAliasedSymbol() ?? symbol
  if (declared?.getName() !== 'program') return undefined
  return declared
    .getDeclarations()
    .find(
      (declaration) =>
        declaration.getKindName() === 'FunctionDeclaration' &&
        declaration.getSourceFile().getBaseName().startsWith('program.') &&
        isOfFluxion(declaration.getSourceFile().getFilePath()),
    )
    ?.getSourceFile()
    .getFilePath()
}
