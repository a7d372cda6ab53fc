import type { ts } from 'ts-morph'
import { meant } from '../language.ts'
import type { Rule } from './rule.ts'
import { namesTaken } from './taken.ts'

/**
 * Parameters of a layer of one's own, `layer({ weight, bias }, ({ weight }, x) => ...)`, that its function does not
 * take.
 */
export const unusedParameters: Rule = (language, node, report) => {
  const { ts } = language
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return
  const [given, apply] = [meant(language, node.arguments[0]!), meant(language, node.arguments[1]!)]
  if (!ts.isObjectLiteralExpression(given) || !isFunction(ts, apply)) return
  if (!language.isFunction(node.expression, 'layer', 'layer')) return
  const taken = namesTaken(ts, apply)
  if (!taken) return
  for (const property of given.properties) {
    const name = property.name && ts.isIdentifier(property.name) ? property.name.text : undefined
    if (name !== undefined && (taken.get(name) ?? 'unused') === 'unused')
      report(property, 'FX2004', `the layer has a parameter ${name}, and its function does not use it`)
  }
}

export const isFunction = (
  ts: typeof import('ts-morph').ts,
  node: ts.Node,
): node is ts.ArrowFunction | ts.FunctionExpression => ts.isArrowFunction(node) || ts.isFunctionExpression(node)
