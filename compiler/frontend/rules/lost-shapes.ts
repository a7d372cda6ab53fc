import type { ts } from 'ts-morph'
import type { Language } from '../language.ts'
import type { Report } from './rule.ts'

/**
 * Tensors of a program, among its inputs and results, whose types no longer know how many axes they have, or that have
 * become any.
 */
export function lostShapes(language: Language, call: ts.CallExpression, report: Report): void {
  const { ts, checker } = language
  const made = checker.getTypeAtLocation(call)
  if (!isReference(ts, made)) return
  const [inputs, results] = checker.getTypeArguments(made)
  const [spec, body] = call.arguments
  if (inputs && spec)
    for (const { path, lost } of lostIn(language, inputs, spec, ''))
      report(placeOfInput(ts, spec, path), 'FX1005', `input ${path || 'record'} is ${lost}`)
  if (results && body)
    for (const { path, lost } of lostIn(language, results, body, ''))
      report(body, 'FX1005', `the result${path === '' ? '' : `.${path}`} is ${lost}`)
}

/** A type with arguments, as Program<In, Out> is. */
const isReference = (ts: Language['ts'], type: ts.Type): type is ts.TypeReference =>
  (type.flags & ts.TypeFlags.Object) !== 0 && ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) !== 0

interface Lost {
  readonly path: string
  readonly lost: string
}

/** Deeper than this no record of tensors is. */
const deepest = 8

function lostIn(language: Language, type: ts.Type, at: ts.Node, path: string, depth = 0): readonly Lost[] {
  const { ts, checker } = language
  if (type.flags & ts.TypeFlags.Any)
    return [{ path, lost: 'any: nothing is known of it, and no mistake with it is found' }]
  if (depth > deepest || !(type.flags & ts.TypeFlags.Object)) return []
  if (language.isTensorType(type)) {
    const [shape] = checker.getTypeArguments(type as ts.TypeReference)
    return shape && isLost(language, shape)
      ? [{ path, lost: `a tensor of shape ${checker.typeToString(shape)}: its axes are not known` }]
      : []
  }
  // A list of unknown length has the properties of arrays, which are no tensors.
  if (checker.isArrayType(type)) return []
  const parts = checker.isTupleType(type)
    ? checker.getTypeArguments(type as ts.TypeReference).map((part, i) => [`${i}`, part] as const)
    : checker
        .getPropertiesOfType(type)
        .map((property) => [property.name, checker.getTypeOfSymbolAtLocation(property, at)] as const)
  return parts.flatMap(([name, part]) => lostIn(language, part, at, path === '' ? name : `${path}.${name}`, depth + 1))
}

/** any, or a list of unknown length. A dim whose size is not known is none of it: that is what generic code has. */
const isLost = ({ ts, checker }: Language, shape: ts.Type): boolean =>
  (shape.flags & ts.TypeFlags.Any) !== 0 || checker.isArrayType(shape)

/** Where the spec writes the input that a path begins with; the spec where it does not write it. */
export function placeOfInput(ts: Language['ts'], spec: ts.Expression, path: string): ts.Node {
  if (!ts.isObjectLiteralExpression(spec)) return spec
  const [name] = path.split('.')
  return (
    spec.properties.find(
      ({ name: key }) => key && (ts.isIdentifier(key) || ts.isStringLiteral(key)) && key.text === name,
    ) ?? spec
  )
}
