import type { ts } from 'ts-morph'
import type { Language } from '../language.ts'

type Ts = Language['ts']

/** How a function uses a part of the record that it is given: its numbers, perhaps; its shape alone; not at all. */
export type Use = 'used' | 'shape' | 'unused'

/**
 * How a function uses the parts of its first argument, by their names, those that it does not mention left out;
 * undefined where it takes the record as a whole.
 */
export function namesTaken(
  ts: Ts,
  body: ts.ArrowFunction | ts.FunctionExpression,
): ReadonlyMap<string, Use> | undefined {
  const pattern = body.parameters[0]?.name
  if (!pattern) return body.parameters.length === 0 ? new Map() : undefined
  return ts.isObjectBindingPattern(pattern) ? fromPattern(ts, pattern, body) : fromName(ts, pattern, body)
}

function fromPattern(
  ts: Ts,
  pattern: ts.ObjectBindingPattern,
  body: ts.ArrowFunction | ts.FunctionExpression,
): ReadonlyMap<string, Use> | undefined {
  const uses = new Map<string, Use>()
  for (const element of pattern.elements) {
    const key = element.propertyName ?? element.name
    if (element.dotDotDotToken || !(ts.isIdentifier(key) || ts.isStringLiteral(key))) return undefined
    uses.set(key.text, ts.isIdentifier(element.name) ? useOf(ts, element.name.text, body) : 'used')
  }
  return uses
}

/** `inputs` of which only parts are taken, as inputs.x. */
function fromName(
  ts: Ts,
  name: ts.BindingName,
  body: ts.ArrowFunction | ts.FunctionExpression,
): ReadonlyMap<string, Use> | undefined {
  if (!ts.isIdentifier(name)) return undefined
  const uses = new Map<string, Use>()
  for (const mention of mentionsOf(ts, name.text, body)) {
    const parent = mention.parent
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== mention) return undefined
    const use = readsShape(ts, parent) ? 'shape' : 'used'
    uses.set(parent.name.text, uses.get(parent.name.text) === 'used' ? 'used' : use)
  }
  return uses
}

function useOf(ts: Ts, name: string, body: ts.ArrowFunction | ts.FunctionExpression): Use {
  const mentions = mentionsOf(ts, name, body)
  if (mentions.length === 0) return 'unused'
  return mentions.every((mention) => readsShape(ts, mention)) ? 'shape' : 'used'
}

/** x.shape, x.dtype, x.size(0). */
const readsShape = (ts: Ts, node: ts.Node): boolean =>
  ts.isPropertyAccessExpression(node.parent) &&
  node.parent.expression === node &&
  ['shape', 'dtype', 'size'].includes(node.parent.name.text)

/**
 * Where a name stands in a body for a value. One that is declared again inside counts as well: then nothing is
 * reported.
 */
function mentionsOf(
  ts: Ts,
  name: string,
  { body }: ts.ArrowFunction | ts.FunctionExpression,
): readonly ts.Identifier[] {
  const found: ts.Identifier[] = []
  const enter = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name && !isLabel(ts, node)) found.push(node)
    ts.forEachChild(node, enter)
  }
  enter(body)
  return found
}

/** The name of a property, which stands for no value. `{ x }` does. */
export const isLabel = (ts: Ts, node: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) ||
  (ts.isPropertyAssignment(node.parent) && node.parent.name === node)
