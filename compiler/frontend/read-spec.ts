import type { Node, Type, Symbol as TypeScriptSymbol } from 'ts-morph'
import type { Morph } from './load-sources.ts'

/** The names of the inputs that a spec describes, in the order in which they are written. */
export function inputsIn(spec: Node, { Node }: Morph): readonly string[] {
  if (!Node.isObjectLiteralExpression(spec)) return propertiesOf(spec)
  const names = spec
    .getProperties()
    .flatMap((one) => (Node.isSpreadAssignment(one) ? propertiesOf(one.getExpression()) : plain(one.getName())))
  return [...new Set(names)]
}

const propertiesOf = (node: Node): readonly string[] =>
  node
    .getType()
    .getProperties()
    .map((property) => property.getName())

/** A name without the quotes that it may be written in. */
const plain = (name: string): string => name.replace(/^(['"])(.*)\1$/, '$2')

/** The names among the dims of all the tensors that a spec describes, sorted. */
export function dimsIn(spec: Node): readonly string[] {
  const found = new Set<string>()
  collect(spec.getType(), spec, found, [])
  return [...found].sort()
}

function collect(type: Type, at: Node, found: Set<string>, above: readonly Type[]): void {
  if (above.includes(type) || !type.isObject()) return
  const shape = type.getProperty('shape')
  if (shape && type.getProperty('dtype')) {
    for (const dim of typeAt(shape, at).getTupleElements())
      if (dim.isStringLiteral()) found.add(String(dim.getLiteralValue()))
    return
  }
  const parts = type.isTuple() ? type.getTupleElements() : type.getProperties().map((property) => typeAt(property, at))
  for (const part of parts) collect(part, at, found, [...above, type])
}

const typeAt = (property: TypeScriptSymbol, at: Node): Type => property.getTypeAtLocation(at)
