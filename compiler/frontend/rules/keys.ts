import type { ts } from 'ts-morph'
import type { Language } from '../language.ts'
import type { Rule } from './rule.ts'

/**
 * A random key that two functions draw from, or one in every turn of a loop of the host: the numbers are the same, or
 * depend on each other. Looks at a file at once.
 */
export const keys: Rule = (language, node, report) => {
  if (!language.ts.isSourceFile(node)) return
  const before = new Map<ts.Symbol, ts.CallExpression[]>()
  for (const { call, key } of drawsIn(language, node)) {
    const symbol = language.checker.getSymbolAtLocation(key)
    if (!symbol?.valueDeclaration || mayChange(language.ts, symbol.valueDeclaration)) continue
    const earlier = before.get(symbol) ?? []
    before.set(symbol, [...earlier, call])
    if (earlier.some((other) => !exclude(language.ts, other, call)))
      report(key, 'FX2008', `key ${key.text} has been drawn from before: the numbers are not independent`)
    else if (turnsIn(language.ts, call, symbol.valueDeclaration))
      report(key, 'FX2008', `key ${key.text} is drawn from in every turn of a loop: the numbers are the same`)
  }
}

interface Draw {
  readonly call: ts.CallExpression
  readonly key: ts.Identifier
}

/** Where each is declared. `foldIn` makes many keys of one. */
const homes: { readonly [name: string]: string | undefined } = {
  bernoulli: 'bernoulli',
  bits: 'uniform',
  categorical: 'categorical',
  choice: 'choice',
  exponential: 'exponential',
  gumbel: 'exponential',
  normal: 'normal',
  permutation: 'permutation',
  rademacher: 'bernoulli',
  randint: 'randint',
  split: 'key',
  truncatedNormal: 'normal',
  uniform: 'uniform',
}

function drawsIn(language: Language, file: ts.SourceFile): readonly Draw[] {
  const { ts } = language
  const found: Draw[] = []
  const enter = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [key] = node.arguments
      const name = ts.isIdentifier(node.expression) ? node.expression.text : undefined
      const home = name !== undefined && Object.hasOwn(homes, name) ? homes[name] : undefined
      if (home !== undefined && key && ts.isIdentifier(key) && language.isFunction(node.expression, name!, home))
        found.push({ call: node, key })
    }
    ts.forEachChild(node, enter)
  }
  enter(file)
  return found
}

/** A variable may hold another key by then. */
const mayChange = (ts: Language['ts'], declaration: ts.Declaration): boolean =>
  !ts.isParameter(declaration) &&
  !isOfParameter(ts, declaration) &&
  (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) === 0

/** `({ key }) => ...` */
const isOfParameter = (ts: Language['ts'], node: ts.Node): boolean =>
  ts.isBindingElement(node) && (ts.isParameter(node.parent.parent) || isOfParameter(ts, node.parent.parent))

/**
 * Whether the second call cannot follow the first: they stand in branches of one choice, or the first is part of what
 * is returned.
 */
function exclude(ts: Language['ts'], first: ts.Node, second: ts.Node): boolean {
  const contains = (node: ts.Node): boolean => node.pos <= second.pos && second.end <= node.end
  for (let at = first; at.parent && !contains(at); at = at.parent) {
    if (endsFunction(ts, at)) return true
    // Functions that are written beside each other may be called instead of each other.
    if (ts.isFunctionLike(at)) return true
    const { parent } = at
    const isBranch =
      (ts.isConditionalExpression(parent) && at !== parent.condition) ||
      (ts.isIfStatement(parent) && at !== parent.expression) ||
      ts.isCaseBlock(parent)
    if (isBranch && contains(parent)) return !isAsked(ts, parent, second)
  }
  return false
}

/** A return, and a branch that ends with one. */
function endsFunction(ts: Language['ts'], node: ts.Node): boolean {
  if (ts.isReturnStatement(node) || ts.isThrowStatement(node)) return true
  const last = ts.isBlock(node) && ts.isIfStatement(node.parent) ? node.statements.at(-1) : undefined
  return last !== undefined && endsFunction(ts, last)
}

/** Whether a call stands in what a choice asks, which comes before its branches. */
const isAsked = (ts: Language['ts'], choice: ts.Node, call: ts.Node): boolean => {
  const asked = ts.isIfStatement(choice)
    ? choice.expression
    : ts.isConditionalExpression(choice)
      ? choice.condition
      : undefined
  return asked !== undefined && asked.pos <= call.pos && call.end <= asked.end
}

/** Whether a call is in the turns of a loop of the host that its key is declared outside of. */
function turnsIn(ts: Language['ts'], call: ts.Node, declaration: ts.Node): boolean {
  let from = call
  for (let at = call.parent; at; [from, at] = [at, at.parent]) {
    // What a loop goes through is asked for once.
    if (ts.isIterationStatement(at, false) && from === at.statement)
      return !(at.pos <= declaration.pos && declaration.end <= at.end)
    // A function in a loop may be given another key in each turn.
    if (ts.isFunctionLike(at)) return false
  }
  return false
}
