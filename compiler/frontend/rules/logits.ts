import { callOf, unmoved } from './chains.ts'
import { type Rule, shown } from './rule.ts'

/** `crossEntropy` of a softmax and `bce` of a sigmoid: both take logits, and would squash them twice. */
export const logits: Rule = (language, node, report) => {
  const { ts } = language
  if (!ts.isCallExpression(node) || !node.arguments[0]) return
  const given = unmoved(language, node.arguments[0])
  for (const { loss, home, method } of losses) {
    const call = callOf(language, given, method)
    if (call && language.isFunction(node.expression, loss, home) && language.isTensor(call.receiver))
      report(
        node.arguments[0],
        'FX2007',
        `${loss} takes logits, and is given their ${method}`,
        `give it ${shown(call.receiver)}: ${loss} takes the ${method} itself`,
      )
  }
}

const losses = [
  { loss: 'crossEntropy', home: 'cross-entropy', method: 'softmax' },
  { loss: 'crossEntropy', home: 'cross-entropy', method: 'logSoftmax' },
  { loss: 'bce', home: 'elementwise', method: 'sigmoid' },
] as const
