import type { ts } from 'ts-morph'
import { type Language, meant } from '../language.ts'
import { callOf, type MethodCall, methodCall, numberIn, sameWords, unmoved } from './chains.ts'
import { type Report, type Rule, shown } from './rule.ts'

/**
 * Spellings that lose precision or overflow where another one does not. Looks at chains of methods, and at the
 * constants that are declared for parts of them.
 */
export const unstable: Rule = (language, node, report) => {
  const { ts } = language
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return
  const rule = rules[node.expression.name.text]
  if (!rule) return
  const call = methodCall(language, node)!
  const found = rule(language, call)
  // Types last: what they cost is asked for only where the words are suspicious.
  if (found && language.isTensor(call.receiver)) found(report)
}

type Found = ((report: Report) => void) | undefined

const rules: { readonly [method: string]: ((language: Language, call: MethodCall) => Found) | undefined } = {
  log: logarithm,
  log1p: ofExp,
  sub: minusOne,
  div: quotient,
  mul: timesInverse,
}

function logarithm(language: Language, { node, receiver }: MethodCall): Found {
  const of = keptAway(language, receiver)
  const inner = methodCall(language, of)
  if (inner?.name === 'softmax')
    return (report) =>
      report(
        node,
        'FX3001',
        'the logarithm of a softmax is -Infinity where a weight underflows, and its gradient NaN',
        `write ${shown(inner.receiver)}.logSoftmax(${inner.args.map(shown).join(', ')})`,
      )
  const argument = sigmoidOf(language, of)
  if (argument)
    return (report) =>
      report(
        node,
        'FX3002',
        'the logarithm of a sigmoid is -Infinity where the sigmoid underflows, and its gradient NaN',
        `write softplus(${shown(argument)}.neg()).neg(), with softplus of 'fluxion/nn'; for a loss of logits, bce`,
      )
  const call = methodCall(language, receiver)
  if (call?.name === 'add' && numberIn(language, call.args[0]) === 1) {
    const power = callOf(language, call.receiver, 'exp')
    return power
      ? overflows(node, power)
      : (report) =>
          report(
            node,
            'FX3003',
            'log(1 + x) loses the digits of a small x, which the sum rounds away',
            `write ${shown(call.receiver)}.log1p()`,
          )
  }
  const sum = callOf(language, unmoved(language, receiver), 'sum')
  const powers = sum && callOf(language, sum.receiver, 'exp')
  if (!sum || !powers || belowGreatest(language, powers.receiver)) return undefined
  return (report) =>
    report(
      node,
      'FX3007',
      'the logarithm of a sum of exp(x) overflows for large x and is -Infinity for small ones',
      `write ${shown(powers.receiver)}.logSumExp(${sum.args.map(shown).join(', ')})`,
    )
}

function ofExp(language: Language, { node, receiver }: MethodCall): Found {
  const power = callOf(language, receiver, 'exp')
  return power && overflows(node, power)
}

const overflows =
  (node: ts.Node, power: MethodCall): Found =>
  (report) =>
    report(
      node,
      'FX3008',
      'log(1 + exp(x)) overflows for large x',
      `write softplus(${shown(power.receiver)}), with softplus of 'fluxion/nn'`,
    )

/**
 * Without a small number that was added, or a bound: it makes -Infinity a large number, and leaves the gradient wrong.
 */
function keptAway(language: Language, given: ts.Expression): ts.Expression {
  const call = methodCall(language, given)
  const isBound = call && ['add', 'maximum', 'clamp'].includes(call.name)
  const least = isBound ? numberIn(language, call.args[0]) : undefined
  return least !== undefined && least > 0 && least < 0.01 ? call!.receiver : given
}

/** x of x.sigmoid() and of sigmoid(x). */
function sigmoidOf(language: Language, given: ts.Expression): ts.Expression | undefined {
  const method = callOf(language, given, 'sigmoid')
  if (method) return method.receiver
  const node = meant(language, given)
  const isCall = language.ts.isCallExpression(node) && node.arguments.length === 1
  return isCall && language.isFunction(node.expression, 'sigmoid', 'activations') ? node.arguments[0] : undefined
}

function minusOne(language: Language, { node, receiver, args }: MethodCall): Found {
  if (numberIn(language, args[0]) !== 1) return undefined
  const power = callOf(language, receiver, 'exp')
  return (
    power &&
    ((report) =>
      report(
        node,
        'FX3004',
        'exp(x) - 1 loses the digits of a small x, which the difference cancels',
        `write ${shown(power.receiver)}.expm1()`,
      ))
  )
}

function quotient(language: Language, { node, receiver, args }: MethodCall): Found {
  const by = args[0]
  if (!by) return undefined
  const total = callOf(language, unmoved(language, by), 'sum')
  const powers = total && callOf(language, total.receiver, 'exp')
  if (total && powers && sameWords(language, total.receiver, receiver)) {
    if (belowGreatest(language, powers.receiver)) return undefined
    const axis = total.args[0] ? shown(total.args[0]) : ''
    return (report) =>
      report(
        node,
        'FX3006',
        'a softmax without the greatest element taken off overflows for large x',
        `write ${shown(powers.receiver)}.softmax(${axis})`,
      )
  }
  return isBareNorm(language, by) ? zeroNorm(node, 'a division by a norm is NaN where the norm is zero') : undefined
}

function timesInverse(language: Language, { node, args }: MethodCall): Found {
  const by = args[0] && methodCall(language, unmoved(language, args[0]))
  const isInverse =
    (by?.name === 'reciprocal' && isBareNorm(language, by.receiver)) ||
    (by?.name === 'rsqrt' && isSumOfSquares(language, by.receiver))
  return isInverse ? zeroNorm(node, 'a product with the inverse of a norm is NaN where the norm is zero') : undefined
}

const zeroNorm =
  (node: ts.Node, message: string): Found =>
  (report) =>
    report(node, 'FX3005', message)

/** A norm, or the root of a sum of squares, that nothing keeps from zero. */
function isBareNorm(language: Language, given: ts.Expression): boolean {
  const call = methodCall(language, unmoved(language, given))
  return call?.name === 'norm' || (call?.name === 'sqrt' && isSumOfSquares(language, call.receiver))
}

function isSumOfSquares(language: Language, given: ts.Expression): boolean {
  const call = methodCall(language, unmoved(language, given))
  if (call?.name !== 'sum' && call?.name !== 'mean') return false
  return callOf(language, call.receiver, 'square') !== undefined
}

/** x.sub(x.max(...)), also through constants and stopGradient. */
function belowGreatest(language: Language, given: ts.Expression): boolean {
  const call = callOf(language, given, 'sub')
  return call !== undefined && /\.max\(/.test(call.args.map((arg) => expanded(language, arg)).join())
}

/** The words of an expression, with those of the constants that it names, and that these name. */
function expanded(language: Language, given: ts.Expression, depth = 3): string {
  const whole = meant(language, given)
  const named: string[] = []
  const enter = (node: ts.Node): void => {
    if (language.ts.isIdentifier(node) && depth > 0) {
      const constant = meant(language, node)
      if (constant !== node) named.push(expanded(language, constant, depth - 1))
    }
    language.ts.forEachChild(node, enter)
  }
  enter(whole)
  return [whole.getText(), ...named].join()
}
